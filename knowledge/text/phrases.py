"""Phrases: whether a message contains given words in a row."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.text.normalise import Token, Utterance


def same_word(typed: Token, wanted: Token) -> bool:
    """Whether a typed word can be meant as ``wanted``: plain words match any diacritics."""
    if typed.folded != wanted.folded:
        return False
    return not typed.marked or not wanted.marked or typed.exact == wanted.exact


def find_phrase(utterance: Utterance, phrase: Sequence[Token], start: int = 0) -> int | None:
    """Where ``phrase`` begins in the message, or None.

    A one-word phrase must agree in its diacritics where the message has any, since a plain
    syllable has too many meanings.
    """
    size = len(phrase)
    strict = size == 1 and utterance.marked
    for at in range(start, len(utterance.tokens) - size + 1):
        if any(at < pause < at + size for pause in utterance.breaks):
            continue
        window = utterance.tokens[at : at + size]
        if strict and window[0].exact != phrase[0].exact:
            continue
        if all(same_word(typed, wanted) for typed, wanted in zip(window, phrase, strict=True)):
            return at
    return None
