"""Confidence: the probability that the first candidate is what a message is about.

A logistic regression over a few figures of the linker. Its weights are fitted by
``python -m knowledge.linking.calibration`` on the entries' own test questions (each judged by a
linker that has not seen it) and on the training data's out-of-scope messages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a link.

    Attributes:
        coverage: share of the best name found in the message, 0 to 1.
        explained: share of the message's content that this name explains, 0 to 1.
        agreement: cosine of message and profile, 0 to 1.
        mass: weight of the words shared with the best name.
        margin: lead over the next candidate that is no sibling, 0 to 1.
        content: weight of all words of the message.
        subject: share of the words that carry a subject that the best name explains, 0 to 1.

    """

    coverage: float
    explained: float
    agreement: float
    mass: float
    margin: float
    content: float
    subject: float = 0.0

    def figures(self) -> tuple[float, ...]:
        """The regression's inputs, all of the order of one."""
        return (
            self.coverage,
            self.explained,
            self.agreement,
            math.log1p(self.mass),
            self.margin,
            math.log1p(self.content),
        )


BIAS = -8.761
WEIGHTS = (1.105, -1.188, 26.345, 0.430, 2.504, 1.252)


WHOLE_NAME, WHOLE_MESSAGE, PLAINLY_NAMED = 0.85, 0.8, 1.6
"""A message that is little else than a whole name is sure, however rarely people put it so briefly:
from these shares on, the logit is at least this (a probability of 83 %)."""


def confidence(evidence: Evidence) -> float:
    """Probability, 0 to 1."""
    logit = BIAS + sum(w * x for w, x in zip(WEIGHTS, evidence.figures(), strict=True))
    if evidence.coverage >= WHOLE_NAME and evidence.subject >= WHOLE_MESSAGE:
        logit = max(logit, PLAINLY_NAMED)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))
