"""Masking: the procedure's own words are replaced by one mark before the facet is judged.

So "làm giấy khai sinh mất bao nhiêu tiền" and "làm sổ đỏ mất bao nhiêu tiền" look the same to the
intent classifier, and a new procedure needs no new training examples.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from knowledge.text.normalise import Token

MASK = Token(word="⟨tt⟩", exact="⟨tt⟩", folded="⟨tt⟩", marked=False)


def mask(tokens: Sequence[Token], covered: Collection[int]) -> tuple[Token, ...]:
    """Replace each unbroken run of covered positions by one ``MASK``."""
    masked: list[Token] = []
    for i, token in enumerate(tokens):
        if i not in covered:
            masked.append(token)
        elif not masked or masked[-1] is not MASK:
            masked.append(MASK)
    return tuple(masked)
