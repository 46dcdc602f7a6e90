"""Features of a masked message for the intent classifier, with and without diacritics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.text.normalise import Token

FEATURE_LENGTH = 4
"""Longest run of letters used as a feature of its own."""


def features(tokens: Sequence[Token]) -> Iterator[str]:
    """All features of a message, repeats included.

    Words, pairs and triples are taken without diacritics; a word typed with diacritics also gives
    its exact form, and each word its letter runs (so that a slip of the finger costs little).
    """
    words = [token.folded for token in tokens]
    yield from (f"1 {word}" for word in words)
    yield from (f"x {token.exact}" for token in tokens if token.marked)
    padded = ["^", *words, "$"]
    yield from (f"2 {a} {b}" for a, b in zip(padded, padded[1:], strict=False))
    yield from (f"3 {a} {b} {c}" for a, b, c in zip(padded, padded[1:], padded[2:], strict=False))
    exact = [token.exact if token.marked else "?" for token in tokens]
    yield from (
        f"y {a} {b}" for a, b in zip(exact, exact[1:], strict=False) if a != "?" and b != "?"
    )
    for word in words:
        edged = f"<{word}>"
        yield from (f"c {edged[i : i + 3]}" for i in range(max(1, len(edged) - 2)))
        if len(edged) > FEATURE_LENGTH:
            yield from (
                f"c {edged[i : i + FEATURE_LENGTH]}" for i in range(len(edged) - FEATURE_LENGTH + 1)
            )
