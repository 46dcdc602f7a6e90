"""The gazetteer: today's communes of a province, under their old and new names.

The data are those of ``vietnamadminunits`` (MIT): the communes since 1 July 2025 with a point in
each, and which former communes each was made of. Names are matched in running text, with or without
diacritics; the library's own parser wants a whole address.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from knowledge.text.folding import fold
from knowledge.text.normalise import Lexicon, Token, Utterance, normalise

_EARTH_METRES = 6_371_000.0
_TYPES = frozenset({"phuong", "xa", "thi", "tran", "dac", "khu"})
_HIGHER = frozenset({"huyen", "tinh", "quan"})
_LONGEST_NAME = 6


@dataclass(frozen=True, slots=True)
class Area:
    """A commune (xã, phường, đặc khu) of today.

    Attributes:
        id: stable key, such as ``phuongtohieu``.
        name: with its type, such as ``Phường Tô Hiệu``.
        lat, lon: a point in it, degrees.

    """

    id: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class AreaMention:
    """A commune named in a text.

    Attributes:
        areas: the communes of today that the name can mean; several where it is ambiguous.
        old_name: the former commune, where a former name was used.
        start, end: positions of its words in the text.

    """

    areas: tuple[Area, ...]
    old_name: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Known:
    area: Area
    old_name: str | None
    district: tuple[str, ...]
    typed: bool
    exact: tuple[str, ...]


class Gazetteer:
    """The communes of one province; immutable."""

    def __init__(self, province: str) -> None:
        """``province`` as the locality's YAML names it, such as ``Tỉnh Sơn La``."""
        self._province = _key(province)
        self._areas = {area.id: area for area in _areas(self._province)}
        self._by_name: dict[tuple[str, ...], list[_Known]] = defaultdict(list)
        for area in self._areas.values():
            self._add(area.name, _Names(area, None, ""))
        for old_name, district, area_id in _former(self._province):
            if area_id in self._areas:
                self._add(old_name, _Names(self._areas[area_id], old_name, district))

    @property
    def areas(self) -> Sequence[Area]:
        """All communes, by name."""
        return sorted(self._areas.values(), key=lambda area: fold(area.name))

    def area(self, area_id: str) -> Area | None:
        """The commune with this key."""
        return self._areas.get(area_id)

    def find(self, utterance: Utterance) -> list[AreaMention]:
        """The communes named in a text, in their order; the longest name wins."""
        mentions: list[AreaMention] = []
        at = 0
        while at < len(utterance.tokens):
            mention = self._at(utterance, at)
            if mention is None:
                at += 1
            else:
                mentions.append(mention)
                at = mention.end
        return mentions

    def nearest(self, lat: float, lon: float, within_metres: float = 30_000) -> Area | None:
        """The commune whose point is nearest: an estimate, since boundaries are not at hand."""
        best = min(
            self._areas.values(),
            key=lambda area: metres_between(lat, lon, area.lat, area.lon),
            default=None,
        )
        if best is None or metres_between(lat, lon, best.lat, best.lon) > within_metres:
            return None
        return best

    def _at(self, utterance: Utterance, start: int) -> AreaMention | None:
        tokens = utterance.tokens
        if start and tokens[start - 1].folded in _HIGHER:
            return None  # "huyện Mai Sơn" was a district, whatever communes have its name now
        for size in range(min(_LONGEST_NAME, len(tokens) - start), 0, -1):
            window = tokens[start : start + size]
            known = self._known(window)
            if known:
                return self._mention(utterance, known, start, start + size)
        return None

    def _known(self, window: Sequence[Token]) -> list[_Known]:
        """What the words can name; "xã Chiềng An" also means what is now a phường of that name."""
        forms = [window]
        short = _without_type(window)
        if 1 < len(short) < len(window):
            forms.append(short)
        found: list[_Known] = []
        exactly: list[_Known] = []
        for form in forms:
            for entry in self._by_name.get(tuple(token.folded for token in form), ()):
                if _agrees(form, entry):
                    found.append(entry)
                    if all(t.exact == e for t, e in zip(form, entry.exact, strict=True)):
                        exactly.append(entry)
        return exactly or found

    def _mention(
        self, utterance: Utterance, known: list[_Known], start: int, end: int
    ) -> AreaMention:
        marked = any(token.marked for token in utterance.tokens[start:end])
        current = [e for e in known if e.old_name is None and e.typed and marked]
        words = [token.folded for token in utterance.tokens]
        in_district = [e for e in known if e.district and _contains(words, e.district)]
        chosen = in_district or current or known
        areas = tuple({entry.area.id: entry.area for entry in chosen}.values())
        old = chosen[0].old_name if len(areas) == 1 else None
        return AreaMention(areas, old, start, end)

    def _add(self, name: str, names: _Names) -> None:
        tokens = normalise(name, Lexicon()).tokens
        district = tuple(t.folded for t in normalise(names.district, Lexicon()).tokens)
        short = _without_type(tokens)
        for form, typed in ((tokens, True), (short, False)):
            if len(form) < 2:
                continue
            entry = _Known(
                names.area, names.old_name, district, typed, tuple(t.exact for t in form)
            )
            self._by_name[tuple(t.folded for t in form)].append(entry)


@dataclass(frozen=True, slots=True)
class _Names:
    area: Area
    old_name: str | None
    district: str


def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Distance of two points on the ground (haversine), metres."""
    phi, other_phi = math.radians(lat), math.radians(other_lat)
    half_lat = (other_phi - phi) / 2
    half_lon = math.radians(other_lon - lon) / 2
    a = math.sin(half_lat) ** 2 + math.cos(phi) * math.cos(other_phi) * math.sin(half_lon) ** 2
    return 2 * _EARTH_METRES * math.asin(min(1.0, math.sqrt(a)))


def _agrees(window: Sequence[Token], entry: _Known) -> bool:
    """A word typed with diacritics must have the name's."""
    return all(
        not token.marked or token.exact == exact
        for token, exact in zip(window, entry.exact, strict=True)
    )


def _contains(words: Sequence[str], part: Sequence[str]) -> bool:
    size = len(part)
    return any(tuple(words[i : i + size]) == tuple(part) for i in range(len(words) - size + 1))


def _without_type(tokens: Sequence[Token]) -> tuple[Token, ...]:
    at = 0
    while at < len(tokens) - 1 and tokens[at].folded in _TYPES and at < 2:
        at += 1
    return tuple(tokens[at:])


def _key(name: str) -> str:
    return fold(name).replace(" ", "")


@cache
def _data(name: str) -> Mapping[str, Any]:
    text = files("vietnamadminunits").joinpath("data", name).read_text("utf-8")
    return dict(json.loads(text))


def _areas(province: str) -> Iterator[Area]:
    wards = _data("parser_from_2025.json")
    for table in ("DICT_PROVINCE_WARD_NO_ACCENTED", "DICT_PROVINCE_WARD_ACCENTED"):
        for ward in wards[table].get(province, {}).values():
            yield Area(_key(ward["ward"]), ward["ward"], ward["wardLat"], ward["wardLon"])


def _former(province: str) -> Iterator[tuple[str, str, str]]:
    """Former communes: name, former district, key of today's commune."""
    converter, legacy = _data("converter_2025.json"), _data("parser_legacy.json")
    provinces = legacy["DICT_PROVINCE_DISTRICT_WARD_NO_ACCENTED"]
    districts = legacy["DICT_PROVINCE_DISTRICT"]
    for new_key, old_keys in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].get(province, {}).items():
        for old_key in old_keys:
            former, district, ward = old_key.split("_")
            found = provinces.get(former, {}).get(district, {}).get(ward)
            if found is not None:
                place = districts[former][district]["districtShort"]
                yield found["ward"], place, new_key
