"""Places in a citizen's words: the commune, and the part of a message that says where."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.gazetteer import Area
from knowledge.live import KnowledgeState
from knowledge.text.folding import fold
from knowledge.text.normalise import clean, normalise
from knowledge.text.syllables import has_diacritics

_HINTS = frozenset(
    (
        "ngõ ngách hẻm kiệt bản thôn xóm tổ chợ cầu trường trạm kè đầu cuối gần trước cạnh "
        "ngã tại km số chung"
    ).split()
)
_NAMED_HINTS = frozenset(["đường", "phố", "khu", "tiểu", "quốc", "tỉnh", "ở"])
"""These say where only with a name or a number behind them ("đường Lê Duẩn", not "đường hỏng")."""
_PLAIN_HINTS = frozenset(fold(word) for word in _HINTS) - {"cho", "to", "so", "dau", "truoc", "tai"}
"""Hints that are safe without diacritics."""
_PLAIN_NAMED = frozenset(fold(word) for word in _NAMED_HINTS)
_STOPS = frozenset(
    (
        "bi dang co may hom tu suot khong rat ma nen lam da roi hong hu nay gay qua vi do "
        "nho xin tat tac ngap chan lan"
    ).split()
)
_PHONE = re.compile(r"(?<!\d)(0\d(?:[\s.\-]?\d){8})(?!\d)")
_LONGEST_ADDRESS = 14


@dataclass(frozen=True, slots=True)
class Where:
    """What a message says about the place.

    Attributes:
        address: the words that say where; empty where there are none.
        areas: communes that are meant; several where the name is ambiguous.

    """

    address: str
    areas: tuple[Area, ...]


def read_place(state: KnowledgeState, text: str) -> Where:
    """The place named in a text."""
    mentions = state.base.gazetteer.find(normalise(text, state.base.lexicon))
    areas = mentions[0].areas if mentions else ()
    return Where(_address(text, bool(mentions)), areas)


def find_phone(text: str) -> str | None:
    """A telephone number of ten digits, without its separators."""
    match = _PHONE.search(text)
    return re.sub(r"\D", "", match[1]) if match else None


def _address(text: str, has_area: bool) -> str:
    words = clean(text).split()
    folded = [fold(word).strip(".,;:!?") for word in words]
    start = next((i for i in range(len(words)) if _is_hint(words, folded, i)), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(words) and end - start < _LONGEST_ADDRESS:
        ended = words[end - 1].endswith((".", "!", "?", ";"))
        if ended or (folded[end] in _STOPS and not words[end][0].isupper()):
            break
        end += 1
    if end - start < 2 and not has_area:
        return ""
    return " ".join(words[start:end]).strip(" .,;:!?")


def _is_hint(words: list[str], folded: list[str], i: int) -> bool:
    if i + 1 >= len(words):
        return False
    word, plain = words[i].lower().strip(".,;:!?"), not any(map(has_diacritics, words))
    if word in _HINTS or (plain and folded[i] in _PLAIN_HINTS):
        return True
    following = words[i + 1]
    nested = following.lower() in _HINTS or (plain and folded[i + 1] in _PLAIN_HINTS)
    named = nested or following[0].isupper() or following[0].isdigit()
    return named and (word in _NAMED_HINTS or (plain and folded[i] in _PLAIN_NAMED))
