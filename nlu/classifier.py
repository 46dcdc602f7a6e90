"""A light linear classifier that may find several labels in one message.

One logistic regression per label, all trained together (scipy's L-BFGS on sparse features), so
that "cần giấy tờ gì và hết bao nhiêu tiền" can be both. The trained state is plain arrays: loading
takes milliseconds and runs no code from the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from knowledge.text.normalise import Token
from nlu.features import features

Floats = NDArray[np.float32]

MIN_COUNT = 2
"""Features seen less often in training are dropped."""
L2 = 1e-5
"""Strength of the regularisation, per example."""
ITERATIONS = 60


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a message asks.

    Attributes:
        scores: label to probability, each from 0 to 1, independent of one another.
        at: label to the position of the word that speaks most for it.

    """

    scores: dict[str, float]
    at: dict[str, int]

    def with_highest(self, other: Prediction, labels: Iterable[str]) -> Prediction:
        """This prediction, but for ``labels`` the higher score of the two."""
        raised = {
            label: max(self.scores[label], other.scores[label])
            for label in labels
            if label in self.scores
        }
        return Prediction({**self.scores, **raised}, self.at)

    def ranking(self) -> list[tuple[str, float]]:
        """Labels, most probable first."""
        return sorted(self.scores.items(), key=lambda item: -item[1])


class IntentClassifier:
    """Predicts labels from masked tokens."""

    def __init__(
        self, labels: Sequence[str], vocabulary: dict[str, int], idf: Floats, weights: Floats
    ) -> None:
        self.labels = list(labels)
        self._vocabulary = vocabulary
        self._idf = idf
        self._weights = weights  # one row per feature and one for the bias, one column per label

    @classmethod
    def train(cls, examples: Sequence[tuple[Sequence[Token], Collection[str]]]) -> IntentClassifier:
        """Train from masked token sequences and their labels."""
        labels = sorted({label for _, found in examples for label in found})
        counted = [Counter(features(tokens)) for tokens, _ in examples]
        seen = Counter(feature for counts in counted for feature in counts)
        vocabulary = {
            feature: i
            for i, feature in enumerate(sorted(f for f, n in seen.items() if n >= MIN_COUNT))
        }
        idf = np.array(
            [1 + np.log((1 + len(examples)) / (1 + seen[f])) for f in vocabulary], np.float32
        )
        matrix = _matrix(counted, vocabulary, idf)
        wanted = np.array(
            [[label in found for label in labels] for _, found in examples], np.float32
        )
        return cls(labels, vocabulary, idf, _fit(matrix, wanted))

    def predict(self, tokens: Sequence[Token]) -> Prediction:
        """Probabilities of all labels for one message."""
        counts = Counter(features(tokens))
        known = [(self._vocabulary[f], n) for f, n in counts.items() if f in self._vocabulary]
        logits = self._weights[-1].astype(np.float64)
        if known:
            rows = np.array([row for row, _ in known])
            values = _tf(np.array([n for _, n in known], np.float32)) * self._idf[rows]
            values /= np.linalg.norm(values)
            logits = logits + values @ self._weights[rows]
        scores = 1 / (1 + np.exp(-logits))
        named = dict(zip(self.labels, map(float, scores), strict=True))
        strong = [label for label, score in named.items() if score > 0.2]
        return Prediction(named, {label: self._position(tokens, label) for label in strong})

    def save(self, path: Path) -> None:
        """Write the arrays to one ``.npz`` file."""
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            vocabulary=np.array(list(self._vocabulary)),
            idf=self._idf,
            weights=self._weights.astype(np.float16),
        )

    @classmethod
    def load(cls, path: Path) -> IntentClassifier:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as stored:
            vocabulary = {str(f): i for i, f in enumerate(stored["vocabulary"])}
            return cls(
                [str(label) for label in stored["labels"]],
                vocabulary,
                stored["idf"],
                stored["weights"].astype(np.float32),
            )

    def _position(self, tokens: Sequence[Token], label: str) -> int:
        column = self.labels.index(label)
        best, at = -np.inf, 0
        for i, token in enumerate(tokens):
            row = self._vocabulary.get(f"1 {token.folded}")
            if row is not None and self._weights[row, column] * self._idf[row] > best:
                best, at = float(self._weights[row, column] * self._idf[row]), i
        return at


def _tf(counts: Floats) -> Floats:
    return np.asarray(1 + np.log(counts), dtype=np.float32)


def _matrix(counted: Sequence[Counter[str]], vocabulary: dict[str, int], idf: Floats) -> csr_matrix:
    data: list[Floats] = []
    columns: list[NDArray[np.int64]] = []
    starts = [0]
    for counts in counted:
        known = [(vocabulary[f], n) for f, n in counts.items() if f in vocabulary]
        rows = np.array([row for row, _ in known], np.int64)
        values = _tf(np.array([n for _, n in known], np.float32)) * idf[rows]
        norm = np.linalg.norm(values) or 1.0
        data.append(values / norm)
        columns.append(rows)
        starts.append(starts[-1] + len(rows))
    return csr_matrix(
        (np.concatenate(data), np.concatenate(columns), starts),
        shape=(len(counted), len(vocabulary)),
    )


def _fit(matrix: csr_matrix, wanted: Floats) -> Floats:
    """Minimise the mean logistic loss of all labels together."""
    examples, size, labels = matrix.shape[0], matrix.shape[1], wanted.shape[1]
    transposed = matrix.T.tocsr()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(size + 1, labels).astype(np.float32)  # half the work
        logits = matrix @ weights[:-1] + weights[-1]
        losses = np.logaddexp(0, logits) - wanted * logits
        error = (1 / (1 + np.exp(-logits)) - wanted) / examples
        gradient = np.vstack([transposed @ error, error.sum(axis=0, keepdims=True)])
        gradient[:-1] += L2 * weights[:-1]
        penalty = 0.5 * L2 * float((weights[:-1] ** 2).sum())
        return float(losses.sum()) / examples + penalty, gradient.ravel().astype(np.float64)

    start = np.zeros((size + 1) * labels)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS, "maxcor": 8}
    )
    return np.asarray(found.x.reshape(size + 1, labels), dtype=np.float32)
