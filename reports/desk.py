"""The desk: everything that can be done with a report, each in one transaction.

A change, its line of history and the notices that it causes are written together or not at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from knowledge.base import KnowledgeBase
from reports import notices
from reports.codes import new_code
from reports.errors import ForbiddenChangeError, UnknownReportError
from reports.model import Draft, Event, EventKind, Photo, Report, Status
from reports.routing import Route, route
from reports.tables import report_events, report_followers, report_photos, reports
from store.outbox import Notice, enqueue

CITIZEN, SYSTEM = "citizen", "system"
CODE_TRIES = 20
RATINGS = range(1, 6)


class Desk:
    """Takes reports and moves them on; safe across threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def receive(
        self, draft: Draft, base: KnowledgeBase, now: datetime, area_name: str | None = None
    ) -> Report:
        """Store a confirmed report; the same ``draft.key`` again gives the report that is there.

        ``now`` is the local time with its zone.

        Raises:
            ForbiddenChangeError: the category is not known.

        """
        category = base.category(draft.category)
        if category is None:
            raise ForbiddenChangeError(f"Không có loại phản ánh «{draft.category}».")
        area = base.gazetteer.area(draft.area) if draft.area else None
        way = route(base, category, area, now)
        values = {
            "key": draft.key,
            "status": Status.NEW.value,
            "category": draft.category,
            "description": draft.description,
            "address": draft.address,
            "area": draft.area,
            "area_name": area.name if area else area_name,
            "lat": draft.lat,
            "lon": draft.lon,
            "unit": way.unit,
            "unit_name": way.unit_name,
            "channel": draft.channel,
            "sender": draft.sender,
            "phone": draft.phone,
            "urgency": category.urgency,
            "received_at": _utc(now),
            "accept_by": way.accept_by,
            "due_at": way.due_at,
            "updated_at": _utc(now),
            "released": False,
            "voices": 1,
        }
        for _ in range(CODE_TRIES):
            try:
                with self._engine.begin() as connection:
                    return self._insert(connection, values, draft.photos)
            except IntegrityError:
                known = self._by_key(draft.key)
                if known is not None:
                    return known
        raise ForbiddenChangeError("Không cấp được mã phản ánh, anh/chị thử lại.")

    def find(self, code: str) -> Report:
        """The report with this code.

        Raises:
            UnknownReportError: there is none.

        """
        with self._engine.connect() as connection:
            row = connection.execute(select(reports).where(reports.c.code == code)).first()
        if row is None:
            raise UnknownReportError(f"Không có phản ánh mã {code}.")
        return to_report(row)

    def of_sender(self, sender: str, limit: int = 5) -> list[Report]:
        """A conversation's newest reports, its own and those it follows."""
        followed = select(report_followers.c.report).where(report_followers.c.sender == sender)
        query = (
            select(reports)
            .where((reports.c.sender == sender) | reports.c.id.in_(followed))
            .order_by(reports.c.received_at.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [to_report(row) for row in connection.execute(query)]

    def history(self, report: Report) -> list[Event]:
        """What happened to a report, oldest first."""
        query = (
            select(report_events)
            .where(report_events.c.report == report.id)
            .order_by(report_events.c.id)
        )
        with self._engine.connect() as connection:
            return [
                Event(EventKind(r.kind), r.at, r.by, r.text, json.loads(r.details))
                for r in connection.execute(query)
            ]

    def photos(self, report: Report) -> list[Photo]:
        """The photos of a report."""
        query = select(report_photos).where(report_photos.c.report == report.id)
        with self._engine.connect() as connection:
            return [Photo(row.id, row.after) for row in connection.execute(query)]

    def followers(self, report: Report) -> list[str]:
        """The conversations that get the report's notices."""
        with self._engine.connect() as connection:
            return _followers(connection, report)

    def follow(self, code: str, sender: str) -> Report:
        """Add a voice to a report, or to the one it was merged into; once per conversation."""
        report = self.find(code)
        while report.merged_into is not None:
            report = self.find(report.merged_into)
        if sender == report.sender:
            return report
        now = _utc_now()
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(report_followers).values(report=report.id, sender=sender, at=now)
                )
                connection.execute(
                    update(reports)
                    .where(reports.c.id == report.id)
                    .values(updated_at=now, voices=reports.c.voices + 1)
                )
                _log(connection, report, Event(EventKind.FOLLOWED, now, CITIZEN))
        except IntegrityError:
            return report
        return self.find(report.code)

    def accept(self, code: str, by: str) -> Report:
        """A body takes the report on."""
        report = self._require(code, Status.NEW, Status.WAITING)
        event = Event(EventKind.ACCEPTED, _utc_now(), by)
        return self._apply(report, event, status=Status.ACCEPTED.value)

    def forward(self, code: str, by: str, way: Route, reason: str) -> Report:
        """Pass the report on to another body; the deadline starts anew."""
        report = self._require(code, Status.NEW, Status.ACCEPTED, Status.WAITING)
        details = {"unit": way.unit_name, "from": report.unit_name}
        event = Event(EventKind.FORWARDED, _utc_now(), by, reason, details)
        return self._apply(
            report,
            event,
            status=Status.NEW.value,
            unit=way.unit,
            unit_name=way.unit_name,
            accept_by=way.accept_by,
            due_at=way.due_at,
        )

    def ask(self, code: str, by: str, question: str) -> Report:
        """Ask the citizen back."""
        report = self._require(code, Status.NEW, Status.ACCEPTED)
        event = Event(EventKind.ASKED, _utc_now(), by, _words(question))
        return self._apply(report, event, status=Status.WAITING.value)

    def reply(self, code: str, sender: str, words: str) -> Report:
        """The citizen's answer to a question."""
        report = self._require(code, Status.WAITING, Status.NEW, Status.ACCEPTED)
        if report.sender != sender:
            raise ForbiddenChangeError("Chỉ người gửi phản ánh mới trả lời được.")
        event = Event(EventKind.REPLIED, _utc_now(), CITIZEN, _words(words))
        status = Status.ACCEPTED if report.status is Status.WAITING else report.status
        return self._apply(report, event, status=status.value)

    def resolve(self, code: str, by: str, answer: str, photos: Iterable[str] = ()) -> Report:
        """Done, with an answer and perhaps photos of how it looks now."""
        report = self._require(code, Status.NEW, Status.ACCEPTED, Status.WAITING)
        now = _utc_now()
        event = Event(EventKind.RESOLVED, now, by, _words(answer))
        return self._apply(
            report,
            event,
            photos,
            status=Status.RESOLVED.value,
            answer=event.text,
            closed_at=now,
        )

    def refuse(self, code: str, by: str, reason: str) -> Report:
        """Not to be handled, with the reason."""
        report = self._require(code, Status.NEW, Status.ACCEPTED, Status.WAITING)
        now = _utc_now()
        event = Event(EventKind.REFUSED, now, by, _words(reason))
        return self._apply(
            report, event, status=Status.REFUSED.value, answer=event.text, closed_at=now
        )

    def merge(self, code: str, into: str, by: str) -> Report:
        """The report repeats another: its people follow that one from now on."""
        report = self._require(code, Status.NEW, Status.ACCEPTED, Status.WAITING)
        target = self.find(into)
        if target.id == report.id or target.status is Status.MERGED:
            raise ForbiddenChangeError("Không gộp được vào phản ánh này.")
        now = _utc_now()
        event = Event(EventKind.MERGED, now, by, details={"into": into})
        changes: dict[str, Any] = {
            "status": Status.MERGED.value,
            "merged_into": into,
            "closed_at": now,
        }
        with self._engine.begin() as connection:
            _lock(connection, report, target)
            merged = _move_on(connection, report, event, **changes)
            for sender in _followers(connection, report):
                _add_follower(connection, target, sender, now)
            _change(connection, target, voices=reports.c.voices + merged.voices)
        return merged

    def note(self, code: str, by: str, words: str) -> Report:
        """An internal note; citizens never see it."""
        return self._apply(self.find(code), Event(EventKind.NOTED, _utc_now(), by, _words(words)))

    def release(self, code: str, by: str, released: bool) -> Report:
        """Put the report on the public page, or take it off."""
        details = {"released": "yes" if released else "no"}
        event = Event(EventKind.RELEASED, _utc_now(), by, details=details)
        return self._apply(self.find(code), event, released=released)

    def rate(self, code: str, sender: str, stars: int, words: str = "") -> Report:
        """The citizen's judgement, 1 to 5, after the end."""
        report = self._require(code, Status.RESOLVED, Status.REFUSED)
        if sender not in self.followers(report):
            raise ForbiddenChangeError("Chỉ người gửi hoặc theo dõi mới đánh giá được.")
        if stars not in RATINGS:
            raise ForbiddenChangeError("Điểm đánh giá là số từ 1 đến 5.")
        details = {"stars": str(stars)}
        event = Event(EventKind.RATED, _utc_now(), CITIZEN, words[:1000], details)
        return self._apply(report, event, rating=stars, rating_words=words[:1000] or None)

    def reopen(self, code: str, sender: str, reason: str, days: int, way: Route) -> Report:
        """Not done after all: open again within ``days`` of the end."""
        report = self._require(code, Status.RESOLVED, Status.REFUSED)
        if sender not in self.followers(report):
            raise ForbiddenChangeError("Chỉ người gửi hoặc theo dõi mới mở lại được.")
        now = _utc_now()
        if report.closed_at is None or now - report.closed_at > timedelta(days=days):
            raise ForbiddenChangeError(f"Phản ánh chỉ mở lại được trong {days} ngày.")
        event = Event(EventKind.REOPENED, now, CITIZEN, _words(reason))
        return self._apply(
            report,
            event,
            status=Status.NEW.value,
            closed_at=None,
            accept_by=way.accept_by,
            due_at=way.due_at,
        )

    def _insert(
        self, connection: Connection, values: Mapping[str, Any], photos: Sequence[str]
    ) -> Report:
        code = new_code()
        connection.execute(insert(reports).values(code=code, **values))
        row = connection.execute(select(reports).where(reports.c.code == code)).first()
        report = to_report(row)
        _add_photos(connection, report, photos, after=False)
        _log(connection, report, Event(EventKind.RECEIVED, report.received_at, CITIZEN))
        return report

    def _by_key(self, key: str) -> Report | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(reports).where(reports.c.key == key)).first()
        return to_report(row) if row else None

    def _require(self, code: str, *statuses: Status) -> Report:
        report = self.find(code)
        if report.status not in statuses:
            raise ForbiddenChangeError("Phản ánh không còn ở trạng thái cho phép việc này.")
        return report

    def _apply(
        self, report: Report, event: Event, photos: Iterable[str] = (), **values: Any
    ) -> Report:
        """Change a report that nobody else changed meanwhile, with history and notices."""
        with self._engine.begin() as connection:
            return _move_on(connection, report, event, photos, **values)


def to_report(row: Any) -> Report:
    """A row of the table as a report."""
    values = dict(row._mapping)
    values.pop("key")
    return Report(**{**values, "status": Status(values["status"])})


def _move_on(
    connection: Connection, report: Report, event: Event, photos: Iterable[str] = (), **values: Any
) -> Report:
    _change(connection, report, **values)
    _add_photos(connection, report, photos, after=True)
    number = _log(connection, report, event)
    changed = to_report(
        connection.execute(select(reports).where(reports.c.id == report.id)).first()
    )
    for recipient in _followers(connection, changed):
        body = notices.body(changed, event, recipient)
        if body is not None:
            key = f"report-{changed.id}-{number}-{_short(recipient)}"
            enqueue(connection, Notice(key, recipient, body))
    return changed


def _short(recipient: str) -> str:
    """Stands for a recipient in keys: its name may be as long as a door's ids can be."""
    return hashlib.sha256(recipient.encode()).hexdigest()[:32]


def _lock(connection: Connection, *several: Report) -> None:
    """Lock rows in the order of their numbers, so that two merges never wait for each other."""
    for report in sorted(several, key=lambda report: report.id):
        same = update(reports).where(reports.c.id == report.id)
        connection.execute(same.values(updated_at=reports.c.updated_at))


def _change(connection: Connection, report: Report, **values: Any) -> None:
    changed = connection.execute(
        update(reports)
        .where(
            reports.c.id == report.id,
            reports.c.status == report.status.value,
            reports.c.unit == report.unit,
        )
        .values(updated_at=_utc_now(), **values)
    )
    if changed.rowcount == 0:
        raise ForbiddenChangeError("Người khác vừa thay đổi phản ánh này: hãy tải lại trang.")


def _log(connection: Connection, report: Report, event: Event) -> int:
    result = connection.execute(
        insert(report_events).values(
            report=report.id,
            kind=event.kind.value,
            at=event.at,
            by=event.by,
            text=event.text,
            details=json.dumps(dict(event.details), ensure_ascii=False),
        )
    )
    return int(result.inserted_primary_key[0])


def _add_photos(
    connection: Connection, report: Report, photos: Iterable[str], *, after: bool
) -> None:
    """A photo stays with the report that had it first."""
    wanted = list(dict.fromkeys(photos))
    query = select(report_photos.c.id).where(report_photos.c.id.in_(wanted))
    taken = set(connection.execute(query).scalars()) if wanted else set()
    for photo in [photo for photo in wanted if photo not in taken]:
        connection.execute(insert(report_photos).values(id=photo, report=report.id, after=after))


def _followers(connection: Connection, report: Report) -> list[str]:
    query = select(report_followers.c.sender).where(report_followers.c.report == report.id)
    found = list(connection.execute(query).scalars())
    return [report.sender, *found] if report.sender else found


def _add_follower(connection: Connection, report: Report, sender: str, at: datetime) -> None:
    known = connection.execute(
        select(func.count())
        .select_from(report_followers)
        .where(report_followers.c.report == report.id, report_followers.c.sender == sender)
    ).scalar()
    if not known and sender != report.sender:
        connection.execute(insert(report_followers).values(report=report.id, sender=sender, at=at))


def _words(text: str) -> str:
    words = text.strip()[:4000]
    if not words:
        raise ForbiddenChangeError("Cần viết nội dung.")
    return words


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
