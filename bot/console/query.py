"""What an inbox shows: filters, order and pages, by indexed queries only.

Open reports come by deadline, the most urgent first; all others by arrival, the newest first. A
page begins after the last report of the one before (its *mark*), so the hundredth page costs no
more than the first.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.engine import Connection, Engine

from bot.console import search
from reports.desk import to_report
from reports.model import Report, Status
from reports.tables import reports

MAX_TEXT = 200


class View(StrEnum):
    """Which states an inbox shows."""

    OPEN = "dang_xu_ly"
    NEW = "moi"
    ACCEPTED = "da_nhan"
    WAITING = "cho_dan"
    RESOLVED = "da_xong"
    REFUSED = "tu_choi"
    MERGED = "da_gop"
    ALL = "tat_ca"

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The states of a report that belong to it."""
        if self is View.OPEN:
            return tuple(status for status in Status if status.open)
        return tuple(Status) if self is View.ALL else (Status[self.name],)

    @property
    def by_deadline(self) -> bool:
        """Whether the most urgent comes first."""
        return all(status.open for status in self.statuses)


@dataclass(frozen=True, slots=True)
class Query:
    """What an officer asked for.

    Attributes:
        unit: a body's id, in any commune.
        overdue: only what is, or was closed, after its deadline.
        text: words of the report.

    """

    view: View = View.OPEN
    category: str = ""
    area: str = ""
    unit: str = ""
    overdue: bool = False
    text: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Query:
        """From an address' fields; what makes no sense is left out."""
        view = fields.get("trang_thai", "")
        return cls(
            view=View(view) if view in set(View) else View.OPEN,
            category=fields.get("loai", "")[:40],
            area=fields.get("khu_vuc", "")[:80],
            unit=fields.get("don_vi", "")[:80],
            overdue=fields.get("qua_han") == "1",
            text=" ".join(fields.get("q", "").replace("\0", "").split())[:MAX_TEXT],
        )

    def fields(self) -> dict[str, str]:
        """As an address' fields."""
        values = {
            "trang_thai": self.view.value if self.view is not View.OPEN else "",
            "loai": self.category,
            "khu_vuc": self.area,
            "don_vi": self.unit,
            "qua_han": "1" if self.overdue else "",
            "q": self.text,
        }
        return {name: value for name, value in values.items() if value}


def find(
    engine: Engine,
    query: Query,
    units: Sequence[str] | None,
    now: datetime,
    limit: int,
    after: str = "",
) -> list[Report]:
    """At most ``limit`` reports of these ``units`` (None: all) after the mark ``after``."""
    if query.text:
        search.keep_up(engine)
    condition = _condition(engine, query, units, now)
    with engine.connect() as connection:
        if query.view.by_deadline:
            return _by_deadline(connection, query, condition, limit, after)
        return _newest(connection, query, condition, limit, after)


def mark(query: Query, report: Report) -> str:
    """Where the next page begins."""
    if query.view.by_deadline:
        return f"{report.due_at.isoformat()}_{report.id}"
    return str(report.id)


def count_some(
    engine: Engine, query: Query, units: Sequence[str] | None, now: datetime, most: int
) -> int:
    """How many there are, counted up to ``most``."""
    some = _select(query, reports.c.id).where(_condition(engine, query, units, now)).limit(most)
    some = some.where(reports.c.status.in_([status.value for status in query.view.statuses]))
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(some.subquery())).scalar())


def similar(engine: Engine, report: Report, units: Sequence[str] | None, most: int) -> list[Report]:
    """Open reports of the same category and commune, the newest first."""
    query = (
        select(reports)
        .where(
            reports.c.category == report.category,
            reports.c.area == report.area,
            reports.c.status.in_([status.value for status in View.OPEN.statuses]),
            reports.c.id != report.id,
            _in_units(units),
        )
        .order_by(reports.c.received_at.desc())
        .limit(most)
    )
    with engine.connect() as connection:
        return [to_report(row) for row in connection.execute(query)]


def _by_deadline(
    connection: Connection, query: Query, condition: Any, limit: int, after: str
) -> list[Report]:
    """Each state by its index, then merged: the database would sort all of them.

    A search reads all words anyhow, and does so once.
    """
    place = (reports.c.due_at, reports.c.id)
    marked = _deadline_mark(after)
    if marked is not None:
        due, number = marked
        later = or_(reports.c.due_at > due, reports.c.id > number)
        condition = and_(condition, reports.c.due_at >= due, later)
    states = [status.value for status in query.view.statuses]
    found = []
    for group in [states] if query.text else [[state] for state in states]:
        one = _select(query, reports).where(reports.c.status.in_(group), condition)
        rows = connection.execute(one.order_by(*place).limit(limit))
        found.append([to_report(row) for row in rows])
    return list(heapq.merge(*found, key=lambda report: (report.due_at, report.id)))[:limit]


def _newest(
    connection: Connection, query: Query, condition: Any, limit: int, after: str
) -> list[Report]:
    if query.view is not View.ALL:
        condition = and_(condition, reports.c.status == query.view.statuses[0].value)
    if after.isascii() and after.isdigit() and len(after) < 18:
        condition = and_(condition, reports.c.id < int(after))
    rows = _select(query, reports).where(condition).order_by(reports.c.id.desc()).limit(limit)
    return [to_report(row) for row in connection.execute(rows)]


def _select(query: Query, *columns: Any) -> Any:
    if not query.text:
        return select(*columns)
    joined = reports.join(search.report_words, search.report_words.c.report == reports.c.id)
    return select(*columns).select_from(joined)


def _condition(engine: Engine, query: Query, units: Sequence[str] | None, now: datetime) -> Any:
    in_order = query.text or not query.view.by_deadline
    parts = [_in_units(units, walked=bool(in_order))]
    if query.category:
        parts.append(reports.c.category == query.category)
    if query.area:
        parts.append(reports.c.area == query.area)
    if query.overdue and query.view.by_deadline:
        parts.append(reports.c.due_at < now)
    elif query.overdue:
        parts.append(reports.c.due_at < func.coalesce(reports.c.closed_at, now))
    if query.text:
        parts.append(search.having_words(engine, query.text))
    return and_(*parts)


def _in_units(units: Sequence[str] | None, *, walked: bool = False) -> Any:
    """``walked``: look at the unit of each report on the way, instead of gathering and sorting
    what a body has in all communes by its index.
    """
    if units is None:
        return true()
    if walked and len(units) > 1:
        return reports.c.unit.concat("").in_(units)
    return reports.c.unit.in_(units)


def _deadline_mark(after: str) -> tuple[datetime, int] | None:
    due, _, number = after.partition("_")
    try:
        return datetime.fromisoformat(due).replace(tzinfo=None), int(number[:18])
    except ValueError:
        return None
