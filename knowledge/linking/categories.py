"""Which category of field report a text is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.field_reports import Category
from knowledge.linking.profiles import Profiles
from knowledge.text.normalise import Utterance, normalise
from knowledge.text.phrases import find_phrase

NAME_WEIGHT = 1.0
CUE_WEIGHT = 1.0
SURE = 0.22
"""Agreement from which a category is taken without asking."""
WHOLE_CUE = 0.2
"""What one of staff's cues adds where the text has it word for word."""
CLEAR = 0.11
CLEAR_LEAD = 2.0
"""A weaker agreement is enough where it is this many times the next one's."""


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """A category with its agreement, 0 to 1, and how many times that of the next one."""

    category: Category
    agreement: float
    lead: float

    @property
    def sure(self) -> bool:
        """Whether it can be taken without asking."""
        return self.agreement >= SURE or (self.agreement >= CLEAR and self.lead >= CLEAR_LEAD)


class CategoryFinder:
    """Compares a text with what staff wrote about each category; immutable."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._categories = base.categories
        self._cues = [
            [normalise(cue, base.lexicon).tokens for cue in category.cues]
            for category in base.categories
        ]
        texts = [
            [
                (normalise(category.name, base.lexicon), NAME_WEIGHT),
                (normalise(category.description, base.lexicon), NAME_WEIGHT),
                *((normalise(cue, base.lexicon), CUE_WEIGHT) for cue in category.cues),
            ]
            for category in base.categories
        ]
        self._profiles = Profiles(texts, base.filler_words) if texts else None

    def find(self, utterance: Utterance, most: int = 3) -> list[CategoryGuess]:
        """The best fitting categories, best first."""
        if self._profiles is None:
            return []
        agreement = self._profiles.compare(utterance)
        for i, cues in enumerate(self._cues):
            if any(find_phrase(utterance, cue) is not None for cue in cues):
                agreement[i] += WHOLE_CUE
        order = np.argsort(-agreement)[:most]
        return [
            CategoryGuess(
                self._categories[i],
                float(agreement[i]),
                float(agreement[i]) / max(1e-6, float(after)),
            )
            for i, after in zip(order, [*agreement[order][1:], 0.0], strict=False)
            if agreement[i] > 0
        ]
