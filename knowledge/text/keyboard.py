"""Keyboard traces: telex and VNI sequences that reached us raw (``ddawng kys``, ``d9a8ng ky1``)."""

from __future__ import annotations

import re
import unicodedata

from knowledge.text.folding import fold
from knowledge.text.syllables import is_syllable

_TELEX_LETTERS = (
    ("dd", "đ"),
    ("aa", "â"),
    ("aw", "ă"),
    ("ee", "ê"),
    ("oo", "ô"),
    ("ow", "ơ"),
    ("uw", "ư"),
    ("w", "ư"),
)
_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_LETTERS = {
    "6": {"a": "â", "e": "ê", "o": "ô"},
    "7": {"o": "ơ", "u": "ư"},
    "8": {"a": "ă"},
    "9": {"d": "đ"},
}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_VOWELS = "aăâeêioôơuưy"
_VNI_WORD = re.compile(r"^[a-z]{2,}[a-z1-9]*$")


def decode_telex(word: str) -> str | None:
    """``"ddawng"`` to ``"đăng"``; None where the word is no raw telex.

    Only words that can't be Vietnamese as they stand are touched, so that plain unaccented text
    is never changed.
    """
    if not word.isascii() or not word.isalpha() or is_syllable(word):
        return None
    letters, tone = word, ""
    if word[-1] in _TELEX_TONES:
        letters, tone = word[:-1], _TELEX_TONES[word[-1]]
    else:
        inner = re.match(r"^(.*[aeiouyw])([sfrxj])([cmnpt]|ng|nh|ch|[iuoy])$", word)
        if inner:
            letters, tone = inner[1] + inner[3], _TELEX_TONES[inner[2]]
    letters = re.sub(r"uo([a-z]*)w|uwow?", r"ươ\1", letters)
    for raw, letter in _TELEX_LETTERS:
        letters = letters.replace(raw, letter)
    if letters == word or not is_syllable(fold(letters)):
        return None
    return add_tone(letters, tone)


def decode_vni(word: str) -> str | None:
    """``"d9a8ng"`` to ``"đăng"``; None where the word is no raw VNI."""
    if word.isalpha() or not _VNI_WORD.match(word.replace("9", "", 1) if word[:1] == "d" else word):
        return None
    letters, tone = "", ""
    for char in word:
        if char in _VNI_TONES:
            tone = _VNI_TONES[char]
        elif char in _VNI_LETTERS:
            places = [i for i, letter in enumerate(letters) if letter in _VNI_LETTERS[char]]
            if not places:
                return None
            at = places[-1]
            letters = letters[:at] + _VNI_LETTERS[char][letters[at]] + letters[at + 1 :]
        elif char.isalpha():
            letters += char
        else:
            return None
    return add_tone(letters, tone) if is_syllable(fold(letters)) else None


def add_tone(letters: str, tone: str) -> str:
    """Set a combining tone mark on the syllable's main vowel (old placement: ``hòa``)."""
    if not tone:
        return letters
    start = 1 if letters[:2] in ("gi", "qu") and len(letters) > 2 else 0
    start += 1 if start else 0
    places = [i for i in range(start, len(letters)) if letters[i] in _VOWELS]
    places = places or [i for i, letter in enumerate(letters) if letter in _VOWELS]
    if not places:
        return letters
    marked = [i for i in places if letters[i] in "ăâêôơư"]
    closed = letters[-1] not in _VOWELS
    if marked:
        at = marked[-1]
    elif len(places) >= 3 or (closed and len(places) == 2):
        at = places[1]
    else:
        at = places[0]
    return unicodedata.normalize("NFC", letters[: at + 1] + tone + letters[at + 1 :])
