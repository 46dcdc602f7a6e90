"""Vietnamese syllables: which letter strings can be one, and one key for all their spellings.

The key of a syllable is the same wherever its tone mark stands (``hoà``/``hòa``), however its
letters are composed (NFC/NFD) and whether an open syllable ends in i or y (``kí``/``ký``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from knowledge.text.folding import fold

_TONES = {"\u0300": "2", "\u0301": "1", "\u0303": "4", "\u0309": "3", "\u0323": "5"}

_ONSET = "ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|b|c|d|g|h|k|l|m|n|p|q|r|s|t|v|x|"
_NUCLEUS = "ieu|yeu|uoi|uou|oai|oay|oeo|uay|uya|uyu|uye|iu|eu|ai|ao|au|ay|eo|ia|ie|oa|oe|oi|oo|"
_NUCLEUS += "ua|ue|ui|uo|uu|uy|ye|a|e|i|o|u|y"
_CODA = "ng|nh|ch|c|m|n|p|t|"
_SYLLABLE = re.compile(f"^(?:{_ONSET})(?:{_NUCLEUS})(?:{_CODA})$")
_OPEN_Y = re.compile(r"^([bcdhklmnpstvx]|ch|gh|kh|nh|ph|th|tr|qu|)y$")


@lru_cache(maxsize=65536)
def is_syllable(folded: str) -> bool:
    """Whether a folded string can be a Vietnamese syllable by its letters."""
    return bool(_SYLLABLE.match(folded))


@lru_cache(maxsize=65536)
def folded_key(word: str) -> str:
    """The key without diacritics: ``"Ký"``, ``"ki"`` and ``"kỳ"`` give ``"ki"``."""
    folded = fold(word)
    return _OPEN_Y.sub(r"\1i", folded)


@lru_cache(maxsize=65536)
def exact_key(word: str) -> str:
    """The key with diacritics: base letters, then the tone's number (none for the level tone)."""
    tone = ""
    letters: list[str] = []
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tone = _TONES[char]
        else:
            letters.append(char)
    base = unicodedata.normalize("NFC", "".join(letters))
    return _OPEN_Y.sub(r"\1i", base) + tone


def has_diacritics(word: str) -> bool:
    """Whether a word carries any Vietnamese mark (tone, hat, horn, breve, đ)."""
    return fold(word) != word.lower()
