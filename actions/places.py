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
_WAYS_AND_QUARTERS = frozenset(["lo", "pho", "khu", "dan"])
"""Second words of "quốc lộ", "khu phố", "tiểu khu", "khu dân cư"."""
_CROSSINGS = frozenset("ba tu nam sau bay".split())
_NUMBERS = frozenset("ca may mot hai ba bon nam sau bay tam chin muoi chuc nua".split())
_TIMES = frozenset("hom ngay tuan thang nam dem gio lan".split())
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
    start += folded[start] == "o"
    end = start + 1
    while end < len(words) and end - start < _LONGEST_ADDRESS:
        ended = words[end - 1].endswith((".", "!", "?", ";"))
        if ended or (folded[end] in _STOPS and not words[end][0].isupper()):
            break
        if _is_time(folded, end) or _is_fall(folded, end):
            break
        end += 1
    if end - start < 2 and not has_area:
        return ""
    return " ".join(words[start:end]).strip(" .,;:!?")


def _is_hint(words: list[str], folded: list[str], i: int) -> bool:
    if i + 1 >= len(words):
        return False
    word, plain = words[i].lower().strip(".,;:!?"), not any(map(has_diacritics, words))
    following = words[i + 1]
    if _is_fall(folded, i):
        return False
    if word in _HINTS or (plain and folded[i] in _PLAIN_HINTS):
        return True
    nested = following.lower() in _HINTS or (plain and folded[i + 1] in _PLAIN_HINTS)
    nested |= folded[i] == "o" and folded[i + 1] in _PLAIN_NAMED
    nested |= folded[i + 1] in _WAYS_AND_QUARTERS
    named = nested or following[0].isupper() or following[0].isdigit()
    return named and (word in _NAMED_HINTS or (plain and folded[i] in _PLAIN_NAMED))


def _is_time(folded: list[str], i: int) -> bool:
    """Whether "ba hôm", "cả tuần", "2 tháng" begins here."""
    number = folded[i] in _NUMBERS or folded[i].isdigit()
    return number and i + 1 < len(folded) and folded[i + 1] in _TIMES


def _is_fall(folded: list[str], i: int) -> bool:
    """Whether this "ngã" is no crossing ("ngã ba", "ngã tư")."""
    return folded[i] == "nga" and folded[min(i + 1, len(folded) - 1)] not in _CROSSINGS
