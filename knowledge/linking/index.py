"""A sparse index over the names of procedures, with and without diacritics.

Every name is a small document. Its terms are its syllables and the pairs of neighbouring syllables
(most Vietnamese words are two syllables), weighted by how few procedures share them. A term typed
with diacritics counts in full only where they agree; one typed without them counts either way.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.text.normalise import Token, Utterance

PAIR_WEIGHT = 0.8
"""Weight of a pair of neighbouring syllables, relative to a syllable."""
TONE_SHARE = 0.45
"""Share of a syllable's weight that is lost where the diacritics typed disagree."""
PLAIN_SHARE = 0.1
"""Share that is lost where a word was typed plain in a message that has diacritics elsewhere."""
FILLER_WEIGHT = 0.15
"""Weight of a filler word, relative to what its rarity would give."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one target.

    Attributes:
        target: index of the procedure (or family) it names.
        utterance: the name, normalised.
        weight: how much a match of this kind of name counts (1 for what people say).

    """

    target: int
    utterance: Utterance
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Matches:
    """How well each name and each target fits a message.

    Attributes:
        mass: weight of the message's terms found in each name.
        coverage: that mass as a share of the name's own weight.
        content: weight of all of the message's syllables.

    """

    mass: Floats
    coverage: Floats
    content: float


@dataclass(slots=True)
class _Postings:
    names: NDArray[np.int32]
    same_tone: NDArray[np.bool_]


class NameIndex:
    """The index; immutable after construction."""

    def __init__(self, names: Sequence[Name], targets: int, fillers: Set[str]) -> None:
        self.names = list(names)
        self.targets = targets
        self._fillers = fillers
        self.target_of = np.array([name.target for name in names], dtype=np.int32)
        self.weight_of = np.array([name.weight for name in names], dtype=np.float64)
        found: dict[str, set[int]] = defaultdict(set)
        for name in names:
            for term in _terms(name.utterance.tokens):
                found[term].add(name.target)
        self._rarity = {term: math.log(1 + targets / len(owners)) for term, owners in found.items()}
        self._unknown = math.log(1 + targets)
        self._masses = np.array([self._mass(name.utterance.tokens) for name in names])
        self._postings = self._build_postings()

    def weight(self, term: str) -> float:
        """A term's weight; a term that no name has weighs as much as the rarest."""
        weight = self._rarity.get(term, self._unknown)
        if term in self._fillers:
            return weight * FILLER_WEIGHT
        if "_" in term:
            first, second = term.split("_")
            both = first in self._fillers and second in self._fillers
            return weight * PAIR_WEIGHT * (FILLER_WEIGHT if both else 1.0)
        return weight

    def knows(self, folded: str) -> bool:
        """Whether any name has this syllable."""
        return folded in self._rarity

    def match(self, utterance: Utterance) -> Matches:
        """Score every name against a message."""
        mass = np.zeros(len(self.names))
        content = 0.0
        tokens = utterance.tokens
        seen: set[str] = set()
        for i, token in enumerate(tokens):
            if token.folded not in seen:
                seen.add(token.folded)
                content += self.weight(token.folded)
                self._add(token.folded, (token,), utterance.marked, mass)
            if i + 1 < len(tokens) and i + 1 not in utterance.breaks:
                pair = f"{token.folded}_{tokens[i + 1].folded}"
                if pair not in seen:
                    seen.add(pair)
                    self._add(pair, (token, tokens[i + 1]), utterance.marked, mass)
        return Matches(mass, mass / self._masses, content)

    def matched_tokens(self, name: int, utterance: Utterance) -> frozenset[int]:
        """The positions in the message of the words that a name shares with it."""
        own = {token.folded for token in self.names[name].utterance.tokens}
        return frozenset(i for i, token in enumerate(utterance.tokens) if token.folded in own)

    def _mass(self, tokens: Sequence[Token]) -> float:
        return sum(self.weight(term) for term in _terms(tokens)) or 1.0

    def _add(self, term: str, typed: Sequence[Token], marked: bool, mass: Floats) -> None:
        postings = self._postings.get((term, tuple(token.exact for token in typed)))
        postings = postings or self._postings.get((term, None))
        if postings is None:
            return
        weight = self.weight(term)
        plain = not any(token.marked for token in typed)
        lost = PLAIN_SHARE if marked else 0.0
        share = np.where(postings.same_tone, 1.0, 1.0 - (lost if plain else TONE_SHARE))
        mass[postings.names] += weight * share

    def _build_postings(self) -> dict[tuple[str, tuple[str, ...] | None], _Postings]:
        """Postings per term, once per way its diacritics occur and once for any other way."""
        spellings: dict[str, dict[int, set[tuple[str, ...]]]] = defaultdict(
            lambda: defaultdict(set)
        )
        for i, name in enumerate(self.names):
            tokens = name.utterance.tokens
            for j, token in enumerate(tokens):
                spellings[token.folded][i].add((token.exact,))
                if j + 1 < len(tokens):
                    pair = f"{token.folded}_{tokens[j + 1].folded}"
                    spellings[pair][i].add((token.exact, tokens[j + 1].exact))
        postings: dict[tuple[str, tuple[str, ...] | None], _Postings] = {}
        for term, by_name in spellings.items():
            names = np.array(list(by_name), dtype=np.int32)
            known = {spelling for found in by_name.values() for spelling in found}
            for spelling in known:
                same = np.array([spelling in found for found in by_name.values()])
                postings[term, spelling] = _Postings(names, same)
            postings[term, None] = _Postings(names, np.zeros(len(names), dtype=np.bool_))
        return postings


def _terms(tokens: Sequence[Token]) -> Counter[str]:
    terms = {token.folded for token in tokens}
    terms |= {
        f"{first.folded}_{second.folded}" for first, second in zip(tokens, tokens[1:], strict=False)
    }
    return Counter(terms)
