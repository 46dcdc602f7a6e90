"""One report: all facts, what happened, and what can be done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot.console.answer_templates import answer_templates
from bot.console.deadlines import accept_late, standing
from bot.console.errors import PageError
from bot.console.guard import officer_of
from bot.console.inbox import body_name, utc_now
from bot.console.officer import unit_keys
from bot.console.query import similar
from bot.console.rendering import base_of, render
from bot.keys import DESK, ENGINE, UPLOADS
from reports.desk import Desk
from reports.errors import UnknownReportError
from reports.model import Event, Photo, Report, Status

SIMILAR = 5
DONE = frozenset(
    {"nhan", "chuyen", "hoi", "xong", "tu_choi", "gop", "ghi_chu", "cong_khai", "thoi_cong_khai"}
)
"""Actions that a page can say were done."""
NEEDS_OPEN = frozenset({"hoi", "xong", "chuyen", "gop", "tu_choi"})
"""Forms that are there only while the report is open (and not asked back already)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into an action's form that has to be shown again.

    Attributes:
        action: which form.
        fault: why it could not be done; empty where nothing went wrong.

    """

    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


async def detail_page(request: web.Request) -> web.Response:
    """The page of one report."""
    return await show(request, await report_of(request), Typed())


async def report_of(request: web.Request) -> Report:
    """The report that a page is about.

    Raises:
        PageError: there is none, or it is another unit's.

    """
    officer, code = officer_of(request), request.match_info["code"].replace(" ", "")
    try:
        report = await asyncio.to_thread(request.app[DESK].find, code)
    except UnknownReportError:
        raise PageError(404, "loi_khong_co_phan_anh") from None
    if not officer.may_see(report):
        raise PageError(403, "loi_don_vi_khac")
    return report


async def show(
    request: web.Request, report: Report, typed: Typed, status: int = 200
) -> web.Response:
    """A report with its forms, one of them filled as it was typed."""
    base, officer = base_of(request), officer_of(request)
    own = None if officer.unit is None else unit_keys(base, officer.unit)
    events, photos, alike = await asyncio.to_thread(_read, request, report, own)
    now = utc_now()
    category = base.category(report.category)
    done = request.query.get("xong", "")
    waiting = report.status is Status.WAITING
    shown = NEEDS_OPEN - ({"hoi"} if waiting else set()) if report.status.open else frozenset()
    return render(
        request,
        "detail.html",
        status=status,
        report=report,
        standing=standing(report, now, base.deadlines.warn_percent),
        accept_late=accept_late(report, now),
        category=category.name if category else report.category,
        may_release=category is not None and category.public,
        events=events,
        photos=photos,
        photos_at_hand=UPLOADS in request.config_dict,
        similar=alike,
        units={unit.id: body_name(base, unit.id) for unit in base.units},
        areas=base.gazetteer.areas,
        templates=answer_templates(base, report),
        typed=typed,
        stranded=typed.fields.get("loi", "") if typed.action in NEEDS_OPEN - shown else "",
        done=done if done in DONE else "",
    )


def _read(
    request: web.Request, report: Report, units: Sequence[str] | None
) -> tuple[list[Event], list[Photo], list[Report]]:
    desk: Desk = request.app[DESK]
    alike = similar(request.app[ENGINE], report, units, SIMILAR) if report.status.open else []
    return desk.history(report), desk.photos(report), alike
