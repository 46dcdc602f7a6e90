"""Folding: Vietnamese without its diacritics, for comparing what people type."""

from __future__ import annotations

import unicodedata

_D = str.maketrans({"đ": "d", "Đ": "D"})


def strip_diacritics(text: str) -> str:
    """``"Đường hỏng"`` to ``"Duong hong"``; letters keep their case, all else stays."""
    decomposed = unicodedata.normalize("NFD", text.translate(_D))
    return unicodedata.normalize(
        "NFC", "".join(char for char in decomposed if not unicodedata.combining(char))
    )


def fold(text: str) -> str:
    """Lower case without diacritics: the form under which spellings are compared."""
    return strip_diacritics(text).lower()
