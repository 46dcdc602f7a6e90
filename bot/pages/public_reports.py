"""``/phan-anh``: what became of citizens' reports, for everybody to see.

Only reports that an officer released, of categories that may be public; positions blurred, no
names, no numbers, no notes.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web

from bot.addresses import limit_address
from bot.errors import RequestError
from bot.keys import DESK, ENGINE, KNOWLEDGE, SETTINGS, UPLOADS
from bot.pages import ASSET_VERSION, public_map
from knowledge.base import KnowledgeBase
from knowledge.text.folding import fold
from reports.codes import grouped
from reports.desk import Desk
from reports.model import Photo, Report, Status
from reports.privacy import public_categories, public_history, public_text
from reports.search import Filter, ReportSearch, Totals

PATH = "/phan-anh"
PREFIX = "cong_khai_"
A_PAGE = 20
MOST_PAGES = 5000
ON_MAP = 500
AREAS_SECONDS = 60.0
"""The communes to choose from are read again after this long."""
GROUPS: Mapping[str, tuple[Status, ...]] = {
    "moi": (Status.NEW,),
    "dang_xu_ly": (Status.ACCEPTED, Status.WAITING),
    "da_xong": (Status.RESOLVED,),
    "khong_xu_ly": (Status.REFUSED,),
    "da_gop": (Status.MERGED,),
}
"""States as citizens see them, by their word in the address."""


class _Areas:
    """The communes that have public reports, kept for a while: counting them is slow."""

    def __init__(self, search: ReportSearch) -> None:
        self._search = search
        self._known: list[tuple[str, str]] = []
        self._until = -math.inf

    def choices(self, everything: Filter) -> list[tuple[str, str]]:
        """Key and name, by name."""
        if time.monotonic() >= self._until:
            found = self._search.areas(everything)
            self._known = sorted(found, key=lambda area: fold(area[1]))
            self._until = time.monotonic() + AREAS_SECONDS
        return self._known


_SEARCH = web.AppKey("public_search", ReportSearch)
_AREAS = web.AppKey("public_areas", _Areas)


def add_public_reports(application: web.Application) -> None:
    """Add the public page to the gateway; after ``add_pages`` and ``add_uploads``."""
    application[_SEARCH] = ReportSearch(application[ENGINE])
    application[_AREAS] = _Areas(application[_SEARCH])
    application.router.add_get(PATH, list_page)
    application.router.add_get(PATH + "/anh/{photo:[0-9a-f]{32}}", photo)
    application.router.add_get(PATH + "/{code}", detail_page)


@dataclass(frozen=True, slots=True)
class Card:
    """A report as the page shows it."""

    code: str
    shown_code: str
    category: str
    group: str
    description: str
    place: str
    unit: str
    received: str
    due: str
    closed: str
    answer: str
    voices: int
    timing: str
    stars: int | None
    merged_into: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the address asks for."""

    category: str
    area: str
    group: str
    cells: str
    page: int

    def address(self, **changes: object) -> str:
        """The page's address with other choices."""
        values = {
            "loai": self.category,
            "khu_vuc": self.area,
            "tinh_trang": self.group,
            "o": self.cells,
            "trang": self.page,
            **changes,
        }
        kept = {name: value for name, value in values.items() if value and value != 1}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH


async def list_page(request: web.Request) -> web.Response:
    """The list with its filters, counts and map."""
    limit_address(request)
    base = request.app[KNOWLEDGE].state.base
    choice = _choice(request)
    search, now = request.app[_SEARCH], datetime.now(UTC).replace(tzinfo=None)
    everything = Filter(categories=public_categories(base))
    wanted = _wanted(choice, everything)

    def read() -> tuple[Totals, list[Card], public_map.Drawing | None, list[tuple[str, str]]]:
        found = search.find(wanted, A_PAGE, (choice.page - 1) * A_PAGE)
        photos = search.photos(found)
        shown = _Shown(base, _zone(request), now)
        cards = [shown.card(report, photos[report.id]) for report in found]
        drawing = public_map.draw(search.points(wanted, ON_MAP), base.gazetteer.areas)
        areas = request.app[_AREAS].choices(everything)
        return search.totals(wanted, now), cards, drawing, areas

    totals, cards, drawing, areas = await asyncio.to_thread(read)
    return _render(
        request,
        "phan_anh.html",
        choice=choice,
        totals=totals,
        cards=cards,
        drawing=drawing,
        areas=areas,
        categories=[(c.code, c.name) for c in base.categories if c.public],
        category_names={c.code: c.name for c in base.categories},
        groups=tuple(GROUPS),
        group_of=_group,
        written=public_map.written,
        pages=max(1, math.ceil(totals.received / A_PAGE)),
    )


async def detail_page(request: web.Request) -> web.Response:
    """One report with its history and photos."""
    limit_address(request)
    base = request.app[KNOWLEDGE].state.base
    code = re.sub(r"[\s.\-]", "", request.match_info["code"])
    search, desk = request.app[_SEARCH], request.app[DESK]
    wanted = Filter(codes=(code,), categories=public_categories(base))
    found = await asyncio.to_thread(search.find, wanted, 1)
    if not found:
        return _render(request, "phan_anh_chi_tiet.html", status=404, card=None)
    values = await asyncio.to_thread(_detail, request, desk, search, found[0], base)
    return _render(request, "phan_anh_chi_tiet.html", **values)


async def photo(request: web.Request) -> web.Response:
    """A photo of a released report."""
    limit_address(request)
    base = request.app[KNOWLEDGE].state.base
    name, search, uploads = request.match_info["photo"], request.app[_SEARCH], request.app[UPLOADS]

    def read() -> bytes | None:
        wanted = Filter(categories=public_categories(base))
        return uploads.open(name) if search.with_photo(name, wanted) else None

    data = await asyncio.to_thread(read)
    if data is None:
        raise RequestError(404, "khong_tim_thay")
    headers = {"Cache-Control": "private, max-age=300", "Content-Disposition": "inline"}
    return web.Response(body=data, content_type="image/jpeg", headers=headers)


class _Shown:
    """Reports as cards."""

    def __init__(self, base: KnowledgeBase, zone: ZoneInfo, now: datetime) -> None:
        self._base = base
        self._zone = zone
        self._now = now

    def card(self, report: Report, photos: list[Photo]) -> Card:
        """A report without anything that is not public."""
        category = self._base.category(report.category)
        address, area = public_text(report.address), report.area_name or ""
        place = address if area.casefold() in address.casefold() else f"{address}, {area}"
        return Card(
            code=report.code,
            shown_code=grouped(report.code),
            category=category.name if category else report.category,
            group=_group(report.status),
            description=public_text(report.description),
            place=place.strip(", "),
            unit=report.unit_name,
            received=self.when(report.received_at),
            due=self.when(report.due_at),
            closed=self.when(report.closed_at) if report.closed_at else "",
            answer=public_text(report.answer or ""),
            voices=report.voices,
            timing=self._timing(report),
            stars=report.rating,
            merged_into=report.merged_into or "",
            before=tuple(photo.id for photo in photos if not photo.after),
            after=tuple(photo.id for photo in photos if photo.after),
        )

    def when(self, moment: datetime) -> str:
        """A stored time as it is read here."""
        local = moment.replace(tzinfo=UTC).astimezone(self._zone)
        return f"{local:%H:%M} {local:%d/%m/%Y}"

    def _timing(self, report: Report) -> str:
        """``dung_han``, ``tre_han``, ``qua_han``, or empty while there is time."""
        if report.status is Status.MERGED:
            return ""
        if report.status.open:
            return "qua_han" if report.due_at < self._now else ""
        in_time = report.closed_at is None or report.closed_at <= report.due_at
        return "dung_han" if in_time else "tre_han"


def _detail(
    request: web.Request, desk: Desk, search: ReportSearch, report: Report, base: KnowledgeBase
) -> dict[str, Any]:
    now = datetime.now(UTC).replace(tzinfo=None)
    shown = _Shown(base, _zone(request), now)
    history = [
        {"event": event, "when": shown.when(event.at), "into": grouped(event.into)}
        for event in public_history(report, desk.history(report))
    ]
    into: list[Report] = []
    if report.merged_into:
        wanted = Filter(codes=(report.merged_into,), categories=public_categories(base))
        into = search.find(wanted, 1)
    return {
        "card": shown.card(report, desk.photos(report)),
        "history": history,
        "into_is_public": bool(into),
    }


def _choice(request: web.Request) -> _Choice:
    query = request.query
    page = query.get("trang", "1")
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    return _Choice(
        category=query.get("loai", "")[:40],
        area=query.get("khu_vuc", "")[:80],
        group=query.get("tinh_trang", "") if query.get("tinh_trang") in GROUPS else "",
        cells=query.get("o", "") if public_map.read(query.get("o", "")) else "",
        page=min(max(number, 1), MOST_PAGES),
    )


def _wanted(choice: _Choice, everything: Filter) -> Filter:
    public = everything.categories or ()
    wanted = replace(everything, cells=public_map.read(choice.cells))
    if choice.category:
        chosen = (choice.category,) if choice.category in public else ()
        wanted = replace(wanted, categories=chosen)
    if choice.area:
        wanted = replace(wanted, area=choice.area)
    if choice.group:
        wanted = replace(wanted, statuses=GROUPS[choice.group])
    return wanted


def _group(status: Status) -> str:
    return next(name for name, statuses in GROUPS.items() if status in statuses)


def _zone(request: web.Request) -> ZoneInfo:
    return ZoneInfo(request.app[SETTINGS].timezone)


def _render(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    base = request.app[KNOWLEDGE].state.base

    def t(name: str, **filled: object) -> str:
        return base.prompts.text(PREFIX + name, **filled)

    context = {
        "t": t,
        "locality": base.locality.name,
        "path": PATH,
        "asset_version": request.app[ASSET_VERSION],
        **values,
    }
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers["Cache-Control"] = "no-cache"
    response.enable_compression()
    return response
