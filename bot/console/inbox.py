"""The inbox: what waits for whom, the most urgent first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import web

from bot.console.deadlines import Standing, accept_late, standing
from bot.console.guard import officer_of, see_other
from bot.console.keys import OFFICER
from bot.console.officer import Officer, unit_keys
from bot.console.query import Query, View, count_some, find, mark
from bot.console.rendering import base_of, render
from bot.keys import DESK, ENGINE
from knowledge.base import KnowledgeBase
from reports import codes
from reports.errors import UnknownReportError
from reports.model import Report
from reports.routing import unit_name

PAGE = 50
COUNTED = 100
"""Counts beyond this are shown as “99+”."""
SHORTCUTS = (
    Query(),
    Query(overdue=True),
    Query(view=View.NEW),
    Query(view=View.WAITING),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One report as the inbox shows it."""

    report: Report
    standing: Standing
    accept_late: bool


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A link to an inbox that is often wanted, with how much is in it."""

    text: str
    address: str
    count: int
    current: bool


async def inbox_page(request: web.Request) -> web.Response:
    """The inbox; a code in the search box leads straight to its report."""
    if not request[OFFICER].handles_reports:
        return see_other("/canbo/tri-thuc")
    officer = officer_of(request)
    base, engine = base_of(request), request.app[ENGINE]
    query = Query.of(request.query)
    code = codes.find_code(query.text)
    if code is not None and await _opens(request, officer, code):
        return see_other(f"/canbo/phan-anh/{code}")
    now = utc_now()
    units = units_to_search(base, officer, query)
    after = request.query.get("sau", "")[:60]
    passed_on = request.query.get("da_chuyen", "")
    found = await asyncio.to_thread(find, engine, query, units, now, PAGE + 1, after)
    own = None if officer.unit is None else unit_keys(base, officer.unit)
    warn = base.deadlines.warn_percent
    return render(
        request,
        "inbox.html",
        query=query,
        lines=[Line(r, standing(r, now, warn), accept_late(r, now)) for r in found[:PAGE]],
        next=_address(query, mark(query, found[PAGE - 1])) if len(found) > PAGE else None,
        first=_address(query) if after else None,
        shortcuts=await asyncio.to_thread(_shortcuts, request, query, own, now),
        export=f"/canbo/xuat.csv?{urlencode(query.fields())}",
        passed_on=passed_on if codes.is_valid(passed_on) else "",
        wrong_code=code is not None and not codes.is_valid(code),
        views=list(View),
        categories={category.code: category.name for category in base.categories},
        areas=base.gazetteer.areas,
        units={unit.id: body_name(base, unit.id) for unit in base.units},
        own_unit=own_unit(base, officer),
    )


def units_to_search(base: KnowledgeBase, officer: Officer, query: Query) -> Sequence[str] | None:
    """The units whose reports an officer sees with this query; None for all."""
    key = officer.unit or query.unit
    return unit_keys(base, key) if key else None


def own_unit(base: KnowledgeBase, officer: Officer) -> str | None:
    """The name of the officer's own unit."""
    if officer.unit is None:
        return None
    body, _, area = officer.unit.partition(":")
    if body not in {unit.id for unit in base.units}:
        return officer.unit
    return unit_name(base, body, base.gazetteer.area(area)) if area else body_name(base, body)


def body_name(base: KnowledgeBase, body: str) -> str:
    """A body's name without that of a commune."""
    unit = next(unit for unit in base.units if unit.id == body)
    return " ".join(unit.name.replace("{khu_vuc}", "").split())


def utc_now() -> datetime:
    """Now, as the reports' times are kept."""
    return datetime.now(UTC).replace(tzinfo=None)


async def _opens(request: web.Request, officer: Officer, code: str) -> bool:
    try:
        report = await asyncio.to_thread(request.app[DESK].find, code)
    except UnknownReportError:
        return False
    return officer.may_see(report)


def _shortcuts(
    request: web.Request, query: Query, units: Sequence[str] | None, now: datetime
) -> list[Shortcut]:
    engine = request.app[ENGINE]
    return [
        Shortcut(
            text="qua_han" if shortcut.overdue else shortcut.view.value,
            address=_address(shortcut),
            count=count_some(engine, shortcut, units, now, COUNTED),
            current=shortcut == query,
        )
        for shortcut in SHORTCUTS
    ]


def _address(query: Query, after: str = "") -> str:
    fields = query.fields() | ({"sau": after} if after else {})
    return f"/canbo?{urlencode(fields)}" if fields else "/canbo"
