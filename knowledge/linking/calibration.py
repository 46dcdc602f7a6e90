"""Fit the weights of ``knowledge.linking.confidence`` and print them.

Usage: ``python -m knowledge.linking.calibration nlu/data``. Questions of the entries are judged in
five folds, each by a linker built without the fold's questions; messages of intents that never
name a procedure count as wrong links.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml
from sklearn.linear_model import LogisticRegression

from knowledge.base import KnowledgeBase
from knowledge.linking.linker import ProcedureLinker
from knowledge.loader import load_knowledge
from knowledge.text.folding import strip_diacritics
from knowledge.text.normalise import normalise

FOLDS = 5
FOREIGN_INTENTS = ("out_of_scope", "report_problem", "insult", "office_hours", "emergency")
Sample = tuple[tuple[float, ...], bool]


def samples(base: KnowledgeBase, training_data: Path) -> Iterator[Sample]:
    """Figures of links and whether they were right."""
    for fold in range(FOLDS):
        linker = ProcedureLinker(_without(base, fold))
        for code, procedure in base.procedures.items():
            for question in procedure.test_questions[fold::FOLDS]:
                for text in (question.question, strip_diacritics(question.question)):
                    link = linker.link(normalise(text, base.lexicon))
                    if link.best is not None and link.evidence is not None:
                        family = base.family_of(code)
                        near = {v.code for v in family.variants} if family else {code}
                        yield link.evidence.figures(), link.best.code in near
    linker = ProcedureLinker(base)
    for text in _foreign(training_data):
        link = linker.link(normalise(text, base.lexicon))
        if link.evidence is not None:
            yield link.evidence.figures(), False


def _without(base: KnowledgeBase, fold: int) -> KnowledgeBase:
    kept = {
        code: procedure.model_copy(
            update={
                "test_questions": tuple(
                    q for i, q in enumerate(procedure.test_questions) if i % FOLDS != fold
                )
            }
        )
        for code, procedure in base.procedures.items()
    }
    return replace(base, procedures=kept)


def _foreign(training_data: Path) -> Iterator[str]:
    for intent in FOREIGN_INTENTS:
        data = yaml.safe_load((training_data / f"{intent}.yml").read_text(encoding="utf-8"))
        for line in data["nlu"][0]["examples"].splitlines():
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line).removeprefix("- ")
            yield text
            yield strip_diacritics(text)


def main() -> None:
    """Print the fitted weights."""
    found = list(samples(load_knowledge(), Path(sys.argv[1])))
    random.Random(1).shuffle(found)  # noqa: S311 - only the order of rows
    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit([figures for figures, _ in found], [right for _, right in found])
    print(f"BIAS = {model.intercept_[0]:.3f}")
    print("WEIGHTS = (" + ", ".join(f"{w:.3f}" for w in model.coef_[0]) + ")")
    print(f"# {len(found)} links, {sum(right for _, right in found)} right")


if __name__ == "__main__":
    main()
