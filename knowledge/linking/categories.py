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
MIN_WORDS = 2
"""So many words of the text must be the category's own; one of its name counts twice."""
CLEAR = 0.11
CLEAR_LEAD = 2.0
"""A weaker agreement is enough where it is this many times the next one's."""


@dataclass(frozen=True, slots=True)
class CategoryGuess:
    """A category with its agreement, 0 to 1, and how many times that of the next one.

    Attributes:
        words: how many words of the text are the category's own, those of its name twice.

    """

    category: Category
    agreement: float
    lead: float
    words: int = MIN_WORDS

    @property
    def sure(self) -> bool:
        """Whether it can be taken without asking."""
        clear = self.agreement >= CLEAR and self.lead >= CLEAR_LEAD
        return self.words >= MIN_WORDS and (self.agreement >= SURE or clear)


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
        self._words = [
            {token.folded for text, _ in parts for token in text.tokens} - base.filler_words
            for parts in texts
        ]
        self._names = [{token.folded for token in parts[0][0].tokens} for parts in texts]
        self._profiles = Profiles(texts, base.filler_words) if texts else None

    def find(self, utterance: Utterance, most: int = 3) -> list[CategoryGuess]:
        """The best fitting categories, best first."""
        if self._profiles is None:
            return []
        agreement = self._profiles.compare(utterance)
        for i, cues in enumerate(self._cues):
            if any(find_phrase(utterance, cue) is not None for cue in cues):
                agreement[i] += WHOLE_CUE
        said = {token.folded for token in utterance.tokens}
        order = np.argsort(-agreement)[:most]
        return [
            CategoryGuess(
                self._categories[i],
                float(agreement[i]),
                float(agreement[i]) / max(1e-6, float(after)),
                len(said & self._words[i]) + len(said & self._names[i]),
            )
            for i, after in zip(order, [*agreement[order][1:], 0.0], strict=False)
            if agreement[i] > 0
        ]
