"""Which category of field report a text is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.field_reports import Category
from knowledge.linking.profiles import Profiles
from knowledge.text.normalise import Utterance, normalise

NAME_WEIGHT = 1.0
CUE_WEIGHT = 1.0
SURE = 0.22
"""Agreement from which a category is proposed."""


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """A category with its agreement, 0 to 1."""

    category: Category
    agreement: float

    @property
    def sure(self) -> bool:
        """Whether it is worth proposing by itself."""
        return self.agreement >= SURE


class CategoryFinder:
    """Compares a text with what staff wrote about each category; immutable."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._categories = base.categories
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
        order = np.argsort(-agreement)[:most]
        return [
            CategoryGuess(self._categories[i], float(agreement[i]))
            for i in order
            if agreement[i] > 0
        ]
