"""What was understood of one message, as it travels from the NLU components to the actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KEY = "understanding"
"""Name under which Rasa carries it along with the message."""

ASK = "ask_"
"""Intents that ask for a facet are called ``ask_<facet>``."""


@dataclass(frozen=True, slots=True)
class LinkedProcedure:
    """The outcome of linking one part of a message.

    Attributes:
        codes: candidates, best first.
        confidence: 0 to 1 that the first is meant.
        explained: share of the message's content that the first explains, 0 to 1.
        family: family that was named without a variant, if any.
        ambiguous: whether to ask which candidate is meant.

    """

    codes: tuple[str, ...] = ()
    confidence: float = 0.0
    explained: float = 0.0
    family: str | None = None
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that the dialogue needs of a message.

    Attributes:
        links: one per procedure named, in the order asked; may be empty.
        facets: facets asked for, in the order asked; empty where none was named.
        in_scope: 0 to 1 that this is a question for us at all.
        asks: 0 to 1 that a facet of a procedure is asked for.
        content: number of words that carry a subject (no courtesy, no question words).
        unknown: how many of these no procedure's name has.

    """

    links: tuple[LinkedProcedure, ...] = ()
    facets: tuple[str, ...] = ()
    in_scope: float = 0.0
    asks: float = 0.0
    content: int = 0
    unknown: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data for Rasa."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Understanding:
        """What ``to_json`` wrote; empty where a message carries none (a pressed button)."""
        if not data:
            return cls()
        links = tuple(
            LinkedProcedure(**{**link, "codes": tuple(link["codes"])}) for link in data["links"]
        )
        return cls(**{**data, "links": links, "facets": tuple(data["facets"])})
