"""What officers do with a report: one function for each form of its page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.console.answer_templates import answer_templates
from bot.console.detail import Typed, report_of, show
from bot.console.errors import PageError
from bot.console.guard import form_fields, officer_of, see_other
from bot.console.officer import Officer
from bot.console.rendering import base_of, texts
from bot.keys import DESK, SETTINGS
from knowledge.base import KnowledgeBase
from reports.codes import find_code
from reports.deadlines import add_working_hours
from reports.desk import Desk
from reports.errors import ReportError
from reports.model import Report
from reports.routing import Route, unit_name


class RefusedError(Exception):
    """The form can't be carried out; ``text`` names the console's text that says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Deed:
    """A form that was sent: by whom, about which report, with what."""

    desk: Desk
    base: KnowledgeBase
    officer: Officer
    report: Report
    fields: Mapping[str, str]
    now: datetime

    @property
    def by(self) -> str:
        """The officer's name for the history."""
        return self.officer.user.name

    @property
    def words(self) -> str:
        """What was typed."""
        return self.fields.get("loi", "")


async def act(request: web.Request) -> web.Response:
    """Carry out one form; where it can't be, the page comes again with what was typed."""
    action = request.match_info["action"]
    if action not in ACTIONS:
        raise PageError(404, "loi_khong_co_trang")
    officer, base = officer_of(request), base_of(request)
    report, fields = await report_of(request), await form_fields(request)
    now = datetime.now(ZoneInfo(request.app[SETTINGS].timezone))
    deed = Deed(request.app[DESK], base, officer, report, fields, now)
    try:
        changed = await asyncio.to_thread(ACTIONS[action], deed)
    except (ReportError, RefusedError) as error:
        fault = texts(base.prompts)[error.text] if isinstance(error, RefusedError) else str(error)
        newest = await asyncio.to_thread(deed.desk.find, report.code)
        return await show(request, newest, Typed(action, fields, fault), 409)
    if not officer.may_see(changed):
        return see_other(f"/canbo?da_chuyen={changed.code}")
    return see_other(f"/canbo/phan-anh/{changed.code}?xong={action}")


async def insert_template(request: web.Request) -> web.Response:
    """The page again, with a template added to what was typed."""
    report, fields = await report_of(request), await form_fields(request)
    action, _, number = fields.get("mau", "").partition(":")
    offered = answer_templates(base_of(request), report).get(action, [])
    if not (number.isascii() and number.isdigit() and int(number[:4]) < len(offered)):
        raise PageError(404, "loi_khong_co_trang")
    typed = fields.get("loi", "").rstrip()
    added = offered[int(number)].says
    return await show(
        request, report, Typed(action, fields | {"loi": f"{typed}\n{added}".lstrip()})
    )


def _accept(deed: Deed) -> Report:
    return deed.desk.accept(deed.report.code, deed.by)


def _pass_on(deed: Deed) -> Report:
    way = _way(deed)
    if way.unit == deed.report.unit:
        raise RefusedError("loi_da_o_don_vi")
    if not deed.words.strip():
        raise RefusedError("loi_can_ly_do")
    return deed.desk.forward(deed.report.code, deed.by, way, deed.words.strip())


def _ask(deed: Deed) -> Report:
    return deed.desk.ask(deed.report.code, deed.by, deed.words)


def _resolve(deed: Deed) -> Report:
    return deed.desk.resolve(deed.report.code, deed.by, deed.words)


def _refuse(deed: Deed) -> Report:
    return deed.desk.refuse(deed.report.code, deed.by, deed.words)


def _merge(deed: Deed) -> Report:
    into = find_code(deed.fields.get("ma", "")) or find_code(deed.fields.get("ma_gan", ""))
    if into is None:
        raise RefusedError("loi_ma_sai")
    if not deed.officer.may_see(deed.desk.find(into)):
        raise RefusedError("loi_don_vi_khac")
    return deed.desk.merge(deed.report.code, into, deed.by)


def _note(deed: Deed) -> Report:
    return deed.desk.note(deed.report.code, deed.by, deed.words)


def _release(deed: Deed) -> Report:
    category = deed.base.category(deed.report.category)
    if category is None or not category.public:
        raise RefusedError("loi_khong_cong_khai")
    return deed.desk.release(deed.report.code, deed.by, True)


def _withhold(deed: Deed) -> Report:
    return deed.desk.release(deed.report.code, deed.by, False)


ACTIONS: Mapping[str, Callable[[Deed], Report]] = {
    "nhan": _accept,
    "chuyen": _pass_on,
    "hoi": _ask,
    "xong": _resolve,
    "tu_choi": _refuse,
    "gop": _merge,
    "ghi_chu": _note,
    "cong_khai": _release,
    "thoi_cong_khai": _withhold,
}
"""By the last part of a form's address."""


def _way(deed: Deed) -> Route:
    """The route to the chosen body, with deadlines from now on."""
    base, report = deed.base, deed.report
    unit = next((unit for unit in base.units if unit.id == deed.fields.get("don_vi")), None)
    if unit is None:
        raise RefusedError("loi_chon_don_vi")
    area = base.gazetteer.area(deed.fields.get("khu_vuc", ""))
    everywhere = "{khu_vuc}" in unit.name
    if everywhere and area is None:
        raise RefusedError("loi_chon_khu_vuc")
    category = base.category(report.category)
    hours = base.deadlines.hours(category.urgency) if category else base.deadlines.normal
    accept_by = add_working_hours(base.locality, deed.now, base.deadlines.accept)
    due_at = add_working_hours(base.locality, deed.now, hours)
    return Route(
        unit=f"{unit.id}:{area.id}" if everywhere and area else unit.id,
        unit_name=unit_name(base, unit.id, area),
        accept_by=accept_by.astimezone(UTC).replace(tzinfo=None),
        due_at=due_at.astimezone(UTC).replace(tzinfo=None),
    )
