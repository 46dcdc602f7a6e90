"""Profiles: all that is said about a procedure as one bag of terms.

Where a name must be met as a phrase, a profile gathers weak evidence: words of several names, of
the questions that staff wrote down, and of the summary. Message and profile are compared by the
cosine of their tf-idf vectors, once with and once without diacritics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from knowledge.text.normalise import Utterance

Floats = NDArray[np.float64]
FILLER_SHARE = 0.25


class Profiles:
    """The profiles of all targets; immutable after construction."""

    def __init__(
        self, texts: Sequence[Sequence[tuple[Utterance, float]]], fillers: Set[str]
    ) -> None:
        """Build from, per target, its texts with their weights."""
        self._fillers = fillers
        self._vocabulary: dict[str, int] = {}
        counts = [self._count(target) for target in texts]
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        owners = Counter(term for bag in counts for term in bag)
        self._idf = {term: np.log(1 + len(texts) / n) for term, n in owners.items()}
        for row, bag in enumerate(counts):
            weights = {t: np.log1p(n) * self._weight(t) for t, n in bag.items()}
            norm = float(np.sqrt(sum(w * w for w in weights.values()))) or 1.0
            for term, weight in weights.items():
                rows.append(row)
                columns.append(self._vocabulary.setdefault(term, len(self._vocabulary)))
                values.append(weight / norm)
        shape = (len(texts), max(1, len(self._vocabulary)))
        self._matrix = csc_matrix((values, (rows, columns)), shape=shape)

    def compare(self, utterance: Utterance) -> Floats:
        """Cosine of the message with every profile, 0 to 1."""
        bag = Counter(_terms(utterance))
        weights = {t: np.log1p(n) * self._weight(t) for t, n in bag.items() if t in self._idf}
        total = np.zeros(self._matrix.shape[0])
        norm = float(np.sqrt(sum(w * w for w in weights.values())))
        for term, weight in weights.items():
            column = self._vocabulary[term]
            start, end = self._matrix.indptr[column : column + 2]
            total[self._matrix.indices[start:end]] += self._matrix.data[start:end] * weight
        return total / norm if norm else total

    def _count(self, texts: Sequence[tuple[Utterance, float]]) -> dict[str, float]:
        bag: dict[str, float] = {}
        for utterance, weight in texts:
            for term in set(_terms(utterance)):
                bag[term] = bag.get(term, 0.0) + weight
        return bag

    def _weight(self, term: str) -> float:
        weight = float(self._idf.get(term, 0.0))
        words = term[2:].split("_")
        return weight * (FILLER_SHARE if all(w in self._fillers for w in words) else 1.0)


def _terms(utterance: Utterance) -> list[str]:
    """Syllables and pairs without diacritics, and syllables with those that were typed."""
    tokens = utterance.tokens
    terms = [f"f:{token.folded}" for token in tokens]
    terms += [
        f"p:{first.folded}_{second.folded}"
        for i, (first, second) in enumerate(zip(tokens, tokens[1:], strict=False), start=1)
        if i not in utterance.breaks
    ]
    terms += [f"x:{token.exact}" for token in tokens if token.marked]
    return terms
