"""Special questions: those for which staff wrote an answer of their own (``hoi_dap``)."""

from __future__ import annotations

from knowledge.base import KnowledgeBase
from knowledge.text.normalise import Utterance, normalise

ENOUGH = 0.78
"""Share of a special question's words that a message must have."""


class SpecialAnswers:
    """Finds the special answer that a message asks for; immutable."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._known = {
            code: [
                (frozenset(t.folded for t in normalise(question, base.lexicon).tokens), s.answer)
                for s in procedure.special_answers
                for question in s.questions
            ]
            for code, procedure in base.procedures.items()
            if procedure.special_answers
        }

    def find(self, code: str, utterance: Utterance) -> str | None:
        """The answer for a message about this procedure, None where no special question fits."""
        said = {token.folded for token in utterance.tokens}
        fitting = [
            (len(words & said) / len(words), answer)
            for words, answer in self._known.get(code, ())
            if words
        ]
        share, answer = max(fitting, default=(0.0, ""))
        return answer if share >= ENOUGH else None
