"""Spelling repair: a word that no name has, one slip away from one that many have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from functools import lru_cache

from knowledge.text.normalise import Token
from knowledge.text.syllables import is_syllable

_LETTERS = "abcdeghiklmnopqrstuvxy"
_CONFUSED_ONSETS = (
    ("s", "x"),
    ("ch", "tr"),
    ("l", "n"),
    ("d", "gi"),
    ("d", "r"),
    ("gi", "r"),
    ("v", "d"),
    ("k", "c"),
    ("ng", "ngh"),
)


class SpellingRepair:
    """Repairs unknown words only; a valid Vietnamese syllable changes at its onset at most."""

    def __init__(self, knows: Callable[[str], bool], fillers: Set[str]) -> None:
        self._knows = knows
        self._fillers = fillers
        self._nearest = lru_cache(maxsize=4096)(self._find)

    def repair(self, token: Token) -> Token:
        """The token itself where it is known or nothing is near."""
        folded = token.folded
        if not folded.isalpha() or len(folded) < 2:
            return token
        if folded in self._fillers or self._knows(folded):
            return token
        near = self._nearest(folded)
        return token if near is None else Token(near, near, near, marked=False)

    def _find(self, folded: str) -> str | None:
        for candidate in _confusions(folded):
            if self._knows(candidate):
                return candidate
        if is_syllable(folded):
            return None
        found = [candidate for candidate in _slips(folded) if self._knows(candidate)]
        return min(found, key=lambda word: (abs(len(word) - len(folded)), word), default=None)


def _confusions(word: str) -> Iterator[str]:
    """The word with an onset that speakers and recognisers take for another."""
    for one, other in _CONFUSED_ONSETS:
        for wrong, right in ((one, other), (other, one)):
            if word.startswith(wrong) and len(word) > len(wrong):
                yield right + word[len(wrong) :]


def _slips(word: str) -> set[str]:
    """All words one slip of the finger away (letter lost, doubled, swapped or wrong)."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    lost = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    wrong = {a + c + b[1:] for a, b in cuts if b for c in _LETTERS}
    added = {a + c + b for a, b in cuts for c in _LETTERS}
    return {w for w in lost | swapped | wrong | added if len(w) >= 2}
