"""Phrases: whether a message contains given words in a row."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.text.normalise import Token, Utterance


def same_word(typed: Token, wanted: Token) -> bool:
    """Whether a typed word can be meant as ``wanted``: plain words match any diacritics."""
    if typed.folded != wanted.folded:
        return False
    return not typed.marked or not wanted.marked or typed.exact == wanted.exact


def find_phrase(
    utterance: Utterance, phrase: Sequence[Token], *, exact: bool = False
) -> int | None:
    """Where ``phrase`` begins in the message, or None; never across a comma or full stop.

    With ``exact``, and for a phrase of one word, the diacritics must agree where the message has
    any ("gia sư" is not "giả").
    """
    size = len(phrase)
    strict = (exact or size == 1) and utterance.marked
    for at in range(len(utterance.tokens) - size + 1):
        if any(at < pause < at + size for pause in utterance.breaks):
            continue
        window = utterance.tokens[at : at + size]
        pairs = list(zip(window, phrase, strict=True))
        if strict and any(typed.exact != wanted.exact for typed, wanted in pairs):
            continue
        if all(same_word(typed, wanted) for typed, wanted in pairs):
            return at
    return None
