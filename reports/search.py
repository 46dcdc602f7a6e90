"""Searching reports for those outside: Open311 and the public page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.engine import Engine

from reports.desk import to_report
from reports.model import Photo, Report, Status
from reports.privacy import Cells, Position, blurred
from reports.tables import report_photos, reports

_OPEN = [status.value for status in Status if status.open]
_ENDED = [Status.RESOLVED.value, Status.REFUSED.value]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reports; None means any.

    Attributes:
        released: only those on the public page.
        since, until: of receipt, UTC without zone.
        cells: where, in cells of the blurring grid: finer questions would tell the position.

    """

    released: bool = True
    codes: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    area: str | None = None
    statuses: tuple[Status, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    cells: Cells | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """How many reports there are and how they went.

    Attributes:
        done: ended with an answer; on_time: of these, within their deadline.
        late: ended after their deadline, or still open past it.

    """

    received: int
    open: int
    done: int
    on_time: int
    late: int

    @property
    def share_on_time(self) -> float | None:
        """Of all whose deadline is decided; None where there are none."""
        decided = self.on_time + self.late
        return self.on_time / decided if decided else None


@dataclass(frozen=True, slots=True)
class Point:
    """A report on the map, its position blurred."""

    code: str
    category: str
    status: Status
    position: Position


class ReportSearch:
    """Reads reports by filters; safe across threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, wanted: Filter, limit: int, offset: int = 0) -> list[Report]:
        """Reports, newest first."""
        query = (
            select(reports)
            .where(*_conditions(wanted))
            .order_by(reports.c.received_at.desc(), reports.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        return [to_report(row) for row in self._rows(query)]

    def totals(self, wanted: Filter, now: datetime) -> Totals:
        """Counts at ``now`` (UTC without zone)."""
        is_open, ended = reports.c.status.in_(_OPEN), reports.c.status.in_(_ENDED)
        in_time = reports.c.closed_at <= reports.c.due_at
        late = or_(
            and_(ended, reports.c.closed_at > reports.c.due_at),
            and_(is_open, reports.c.due_at < now),
        )
        counted = (is_open, ended, and_(ended, in_time), late)
        sums = [func.sum(case((condition, 1), else_=0)) for condition in counted]
        query = select(func.count(), *sums).select_from(reports).where(*_conditions(wanted))
        return Totals(*(int(number or 0) for number in self._rows(query)[0]))

    def points(self, wanted: Filter, limit: int) -> list[Point]:
        """The newest reports that have a position."""
        columns = reports.c
        query = (
            select(columns.code, columns.category, columns.status, columns.lat, columns.lon)
            .where(*_conditions(wanted), columns.lat.is_not(None), columns.lon.is_not(None))
            .order_by(columns.received_at.desc())
            .limit(limit)
        )
        return [
            Point(row.code, row.category, Status(row.status), blurred(row.lat, row.lon))
            for row in self._rows(query)
        ]

    def areas(self, wanted: Filter) -> list[tuple[str, str]]:
        """The communes that reports are in: key and name."""
        query = (
            select(reports.c.area, func.max(reports.c.area_name).label("name"))
            .where(*_conditions(wanted), reports.c.area.is_not(None))
            .group_by(reports.c.area)
        )
        return [(row.area, row.name or row.area) for row in self._rows(query)]

    def photos(self, of: Iterable[Report]) -> dict[int, list[Photo]]:
        """The photos of several reports, by the reports' numbers."""
        ids = [report.id for report in of]
        found: dict[int, list[Photo]] = {number: [] for number in ids}
        query = select(report_photos).where(report_photos.c.report.in_(ids))
        for row in self._rows(query) if ids else ():
            found[row.report].append(Photo(row.id, row.after))
        return found

    def with_photo(self, photo: str, wanted: Filter) -> Report | None:
        """The report that a photo belongs to, if it is one of the wanted."""
        query = (
            select(reports)
            .join(report_photos, report_photos.c.report == reports.c.id)
            .where(report_photos.c.id == photo, *_conditions(wanted))
        )
        rows = self._rows(query)
        return to_report(rows[0]) if rows else None

    def with_key(self, key: str) -> Report | None:
        """The report that was stored under a draft's key."""
        rows = self._rows(select(reports).where(reports.c.key == key))
        return to_report(rows[0]) if rows else None

    def _rows(self, query: Any) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(query))


def _conditions(wanted: Filter) -> list[Any]:
    columns = reports.c
    conditions: list[Any] = []
    if wanted.released:
        conditions.append(columns.released.is_(True))
    if wanted.codes is not None:
        conditions.append(columns.code.in_(wanted.codes))
    if wanted.categories is not None:
        conditions.append(columns.category.in_(wanted.categories))
    if wanted.area is not None:
        conditions.append(columns.area == wanted.area)
    if wanted.statuses is not None:
        conditions.append(columns.status.in_([status.value for status in wanted.statuses]))
    if wanted.since is not None:
        conditions.append(columns.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.received_at <= wanted.until)
    if wanted.cells is not None:
        (south, west), (north, east) = wanted.cells.edges
        conditions += [columns.lat >= south, columns.lat < north]
        conditions += [columns.lon >= west, columns.lon < east]
    return conditions
