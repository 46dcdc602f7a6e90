"""The desk, on SQLite and on PostgreSQL: every change, its history and its notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from knowledge.base import KnowledgeBase
from reports.codes import is_valid
from reports.desk import Desk
from reports.errors import ForbiddenChangeError, ReportError, UnknownReportError
from reports.model import EventKind, Photo, Report, Status
from reports.routing import Route, route
from reports.tables import report_events, reports
from store.outbox import Outbox, outbox
from tests.reports.conftest import MakeDraft

NOW = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
OFFICER = "Lò Thị Hoa"
CITIZEN, OTHER, THIRD = "web:a", "web:b", "web:c"
REOPEN_DAYS = 15
Send = Callable[..., Report]


@pytest.fixture
def send(desk: Desk, shipped: KnowledgeBase, draft: MakeDraft) -> Send:
    """Stores a report."""

    def store(**more: Any) -> Report:
        return desk.receive(draft(**more), shipped, NOW)

    return store


@pytest.fixture
def way(shipped: KnowledgeBase) -> Route:
    """To the commune's people's committee."""
    category, area = shipped.category("khac"), shipped.gazetteer.area("phuongtohieu")
    assert category is not None
    return route(shipped, category, area, NOW)


def kinds(desk: Desk, report: Report) -> list[EventKind]:
    return [event.kind for event in desk.history(desk.find(report.code))]


def told(engine: Engine, sender: str | None = None) -> list[str]:
    """The prompts of the notices, of one recipient or of all."""
    due = Outbox(engine).due(limit=1000)
    return [str(n.body["prompt"]) for n in due if sender in (None, n.recipient)]


def closed_days_ago(engine: Engine, report: Report, **ago: float) -> None:
    moment = datetime.now(UTC).replace(tzinfo=None) - timedelta(**ago)
    with engine.begin() as connection:
        connection.execute(
            update(reports).where(reports.c.id == report.id).values(closed_at=moment)
        )


def at_once(*calls: Callable[[], Report]) -> tuple[list[Report], list[ReportError]]:
    """Run the calls at the same moment; what came of them."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Report]) -> Report | ReportError:
        barrier.wait()
        try:
            return call()
        except ReportError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        came = list(pool.map(run, calls))
    return (
        [result for result in came if isinstance(result, Report)],
        [result for result in came if isinstance(result, ReportError)],
    )


class TestReceive:
    def test_a_report_is_stored_as_it_was_confirmed(
        self, desk: Desk, send: Send, shipped: KnowledgeBase
    ) -> None:
        report = send(photos=("p1", "p2"), phone="0912345678", lat=21.3, lon=103.9)
        category, area = shipped.category("rac_thai"), shipped.gazetteer.area("phuongtohieu")
        assert category is not None
        expected = route(shipped, category, area, NOW)
        assert desk.find(report.code) == report and is_valid(report.code)
        assert (report.status, report.voices, report.released) == (Status.NEW, 1, False)
        assert (report.unit, report.unit_name) == (expected.unit, expected.unit_name)
        assert (report.accept_by, report.due_at) == (expected.accept_by, expected.due_at)
        assert report.received_at == datetime(2026, 11, 23, 1)
        assert (report.area_name, report.phone) == ("Phường Tô Hiệu", "0912345678")
        assert (report.lat, report.lon) == (21.3, 103.9)
        assert sorted(desk.photos(report), key=lambda p: p.id) == [Photo("p1"), Photo("p2")]
        assert kinds(desk, report) == [EventKind.RECEIVED]

    def test_the_same_key_again_gives_the_same_report(
        self, desk: Desk, engine: Engine, send: Send
    ) -> None:
        first, again = send(key="web:a/7"), send(key="web:a/7", description="khác hẳn")
        assert again == first and send(key="web:a/8").code != first.code
        assert kinds(desk, first) == [EventKind.RECEIVED]
        with engine.connect() as connection:
            assert len(connection.execute(select(reports.c.id)).all()) == 2

    def test_the_same_key_from_many_threads_is_stored_once(
        self, engine: Engine, send: Send
    ) -> None:
        found, errors = at_once(*[lambda: send(key="web:a/7")] * 8)
        assert not errors and len({report.code for report in found}) == 1
        with engine.connect() as connection:
            assert len(connection.execute(select(reports.c.id)).all()) == 1
            assert len(connection.execute(select(report_events.c.id)).all()) == 1

    def test_many_at_once_are_all_stored(self, send: Send) -> None:
        found, errors = at_once(*[lambda i=i: send(key=f"web:{i}/1") for i in range(12)])
        assert not errors and len({report.code for report in found}) == 12

    def test_a_photo_that_another_report_has_does_not_lose_this_report(
        self, desk: Desk, send: Send
    ) -> None:
        first, second = send(photos=("p1",)), send(photos=("p1", "p2", "p2"))
        assert desk.photos(first) == [Photo("p1")] and desk.photos(second) == [Photo("p2")]

    def test_an_unknown_category_is_refused(self, send: Send) -> None:
        with pytest.raises(ForbiddenChangeError):
            send(category="khong_co")

    def test_without_a_sender_nobody_is_told(self, desk: Desk, engine: Engine, send: Send) -> None:
        report = send(sender=None, channel="open311")
        desk.accept(report.code, OFFICER)
        assert desk.followers(report) == [] and told(engine) == []

    def test_an_unknown_code_is_not_found(self, desk: Desk) -> None:
        with pytest.raises(UnknownReportError):
            desk.find("12345678")

    def test_odd_words_come_back_as_they_were(self, desk: Desk, send: Send) -> None:
        words = "'; DROP TABLE reports; -- 😀 \\ \" %s {khu_vuc}"
        report = send(description=words, address=words)
        assert desk.find(report.code).description == words == report.address


class TestWholeLife:
    def test_from_receipt_to_rating(
        self, desk: Desk, engine: Engine, send: Send, way: Route
    ) -> None:
        code = send().code
        desk.follow(code, OTHER)
        desk.accept(code, OFFICER)
        assert desk.find(code).status is Status.ACCEPTED
        moved = desk.forward(code, OFFICER, way, "việc của xã")
        assert (moved.status, moved.unit, moved.due_at) == (Status.NEW, way.unit, way.due_at)
        assert desk.ask(code, OFFICER, "ngõ nào ạ?").status is Status.WAITING
        assert desk.reply(code, CITIZEN, "ngõ 12").status is Status.ACCEPTED
        done = desk.resolve(code, OFFICER, "đã dọn", photos=["sau1"])
        assert (done.status, done.answer) == (Status.RESOLVED, "đã dọn")
        assert done.closed_at is not None
        assert desk.photos(done) == [Photo("sau1", after=True)]
        rated = desk.rate(code, CITIZEN, 5, "nhanh quá")
        assert (rated.rating, rated.rating_words) == (5, "nhanh quá")
        again = desk.reopen(code, CITIZEN, "lại đầy rồi", REOPEN_DAYS, way)
        assert (again.status, again.closed_at) == (Status.NEW, None)
        desk.refuse(code, OFFICER, "trùng kế hoạch")
        desk.rate(code, OTHER, 2)
        events = desk.history(desk.find(code))
        assert [event.kind.value for event in events] == (
            "received followed accepted forwarded asked replied resolved rated reopened refused "
            "rated"
        ).split()
        assert (
            events[3].details
            == {"unit": way.unit_name, "from": "Tổ vệ sinh môi trường Phường Tô Hiệu"}
            and events[3].text == "việc của xã"
        )
        assert [event.by for event in events[:3]] == ["citizen", "citizen", OFFICER]
        prompts = [
            f"pa_tin_{name}" for name in "tiep_nhan chuyen hoi_lai xong mo_lai tu_choi".split()
        ]
        assert told(engine, CITIZEN) == told(engine, OTHER) == prompts

    def test_the_sender_finds_own_and_followed_ones_newest_first(
        self, desk: Desk, shipped: KnowledgeBase, draft: MakeDraft
    ) -> None:
        stored = [
            desk.receive(draft(sender=sender), shipped, NOW + timedelta(minutes=minute))
            for minute, sender in enumerate([CITIZEN, OTHER, CITIZEN, THIRD])
        ]
        desk.follow(stored[1].code, CITIZEN)
        found = [report.code for report in desk.of_sender(CITIZEN)]
        assert found == [stored[2].code, stored[1].code, stored[0].code]
        assert len(desk.of_sender(CITIZEN, limit=1)) == 1 and desk.of_sender("web:x") == []

    def test_released_and_taken_off_again(self, desk: Desk, engine: Engine, send: Send) -> None:
        code = send().code
        assert desk.release(code, OFFICER, True).released
        assert not desk.release(code, OFFICER, False).released
        assert [e.details for e in desk.history(desk.find(code))][1:] == [
            {"released": "yes"},
            {"released": "no"},
        ]
        assert told(engine) == []


class TestForbidden:
    @pytest.fixture
    def ended(self, desk: Desk, send: Send) -> dict[str, Report]:
        """A report of each state that has ended."""
        resolved, refused, merged, other = send(), send(), send(), send()
        return {
            "resolved": desk.resolve(resolved.code, OFFICER, "xong"),
            "refused": desk.refuse(refused.code, OFFICER, "không"),
            "merged": desk.merge(merged.code, other.code, OFFICER),
        }

    def test_what_has_ended_is_not_worked_on(
        self, desk: Desk, engine: Engine, ended: dict[str, Report], send: Send, way: Route
    ) -> None:
        other, before = send().code, told(engine)
        for report in ended.values():
            code = report.code
            changes: tuple[Callable[[], Report], ...] = (
                lambda: desk.accept(code, OFFICER),  # noqa: B023 - called at once
                lambda: desk.forward(code, OFFICER, way, "x"),  # noqa: B023
                lambda: desk.ask(code, OFFICER, "x"),  # noqa: B023
                lambda: desk.reply(code, CITIZEN, "x"),  # noqa: B023
                lambda: desk.resolve(code, OFFICER, "x"),  # noqa: B023
                lambda: desk.refuse(code, OFFICER, "x"),  # noqa: B023
                lambda: desk.merge(code, other, OFFICER),  # noqa: B023
            )
            for change in changes:
                with pytest.raises(ForbiddenChangeError):
                    change()
            assert desk.find(code) == report
        assert told(engine) == before

    def test_what_is_open_is_neither_rated_nor_reopened(
        self, desk: Desk, send: Send, way: Route
    ) -> None:
        code = send().code
        changes: tuple[Callable[[], Report], ...] = (
            lambda: desk.rate(code, CITIZEN, 5),
            lambda: desk.reopen(code, CITIZEN, "x", REOPEN_DAYS, way),
        )
        for change in changes:
            with pytest.raises(ForbiddenChangeError):
                change()
        assert kinds(desk, desk.find(code)) == [EventKind.RECEIVED]

    def test_accepted_twice_is_accepted_once(self, desk: Desk, engine: Engine, send: Send) -> None:
        code = send().code
        desk.accept(code, OFFICER)
        with pytest.raises(ForbiddenChangeError):
            desk.accept(code, OFFICER)
        assert told(engine) == ["pa_tin_tiep_nhan"]

    @pytest.mark.parametrize("words", ["", "   ", "\n"])
    def test_answers_need_words(self, desk: Desk, send: Send, words: str) -> None:
        code = send().code
        for change in (desk.ask, desk.resolve, desk.refuse, desk.note):
            with pytest.raises(ForbiddenChangeError):
                change(code, OFFICER, words)
        assert desk.find(code).status is Status.NEW

    def test_only_the_sender_answers_a_question(self, desk: Desk, send: Send) -> None:
        code = send().code
        desk.follow(code, OTHER)
        desk.ask(code, OFFICER, "ở đâu?")
        with pytest.raises(ForbiddenChangeError):
            desk.reply(code, OTHER, "ở đây")
        assert desk.find(code).status is Status.WAITING


class TestRating:
    def test_only_those_who_sent_or_follow_may_judge(self, desk: Desk, send: Send) -> None:
        code = send().code
        desk.follow(code, OTHER)
        desk.resolve(code, OFFICER, "xong")
        with pytest.raises(ForbiddenChangeError):
            desk.rate(code, THIRD, 1)
        assert desk.find(code).rating is None
        assert desk.rate(code, OTHER, 4).rating == 4

    @pytest.mark.parametrize("stars", [0, 6, -1, 100])
    def test_one_to_five_only(self, desk: Desk, send: Send, stars: int) -> None:
        code = send().code
        desk.resolve(code, OFFICER, "xong")
        with pytest.raises(ForbiddenChangeError):
            desk.rate(code, CITIZEN, stars)
        assert desk.find(code).rating is None


class TestReopening:
    def test_within_fifteen_days(self, desk: Desk, engine: Engine, send: Send, way: Route) -> None:
        report = desk.resolve(send().code, OFFICER, "xong")
        closed_days_ago(engine, report, days=14, hours=23)
        assert desk.reopen(report.code, CITIZEN, "chưa", REOPEN_DAYS, way).status is Status.NEW

    def test_not_later(self, desk: Desk, engine: Engine, send: Send, way: Route) -> None:
        report = desk.resolve(send().code, OFFICER, "xong")
        closed_days_ago(engine, report, days=15, minutes=1)
        with pytest.raises(ForbiddenChangeError, match="15 ngày"):
            desk.reopen(report.code, CITIZEN, "chưa", REOPEN_DAYS, way)
        assert desk.find(report.code).status is Status.RESOLVED

    def test_not_by_strangers(self, desk: Desk, send: Send, way: Route) -> None:
        report = desk.resolve(send().code, OFFICER, "xong")
        with pytest.raises(ForbiddenChangeError):
            desk.reopen(report.code, THIRD, "chưa", REOPEN_DAYS, way)

    def test_the_deadline_starts_anew(self, desk: Desk, send: Send, way: Route) -> None:
        report = desk.resolve(send().code, OFFICER, "xong")
        again = desk.reopen(report.code, CITIZEN, "chưa", REOPEN_DAYS, way)
        assert (again.due_at, again.accept_by) == (way.due_at, way.accept_by)
        assert again.unit == report.unit


class TestFollowing:
    def test_a_voice_counts_once(self, desk: Desk, send: Send) -> None:
        code = send().code
        assert desk.follow(code, OTHER).voices == 2
        assert desk.follow(code, OTHER).voices == 2
        assert desk.follow(code, CITIZEN).voices == 2
        assert desk.followers(desk.find(code)) == [CITIZEN, OTHER]

    def test_many_at_once_each_count_once(self, desk: Desk, send: Send) -> None:
        code = send().code
        calls = [lambda i=i: desk.follow(code, f"web:f{i % 6}") for i in range(12)]
        _, errors = at_once(*calls)
        assert not errors
        report = desk.find(code)
        assert report.voices == 7 and len(desk.followers(report)) == 7

    def test_who_follows_a_merged_report_follows_what_it_was_merged_into(
        self, desk: Desk, send: Send
    ) -> None:
        one, main = send(), send(sender=OTHER)
        desk.merge(one.code, main.code, OFFICER)
        assert desk.follow(one.code, THIRD).code == main.code
        assert THIRD in desk.followers(desk.find(main.code))


class TestMerging:
    def test_followers_move_and_get_the_further_notices(
        self, desk: Desk, engine: Engine, send: Send
    ) -> None:
        one, main = send(), send(sender=THIRD)
        desk.follow(one.code, OTHER)
        desk.follow(main.code, OTHER)
        merged = desk.merge(one.code, main.code, OFFICER)
        assert (merged.status, merged.merged_into) == (Status.MERGED, main.code)
        assert sorted(desk.followers(desk.find(main.code))) == [CITIZEN, OTHER, THIRD]
        assert desk.find(main.code).voices == 4
        desk.resolve(main.code, OFFICER, "xong")
        assert told(engine, CITIZEN) == told(engine, OTHER) == ["pa_tin_gop", "pa_tin_xong"]
        assert told(engine, THIRD) == ["pa_tin_xong"]
        assert desk.rate(main.code, CITIZEN, 5).rating == 5

    def test_not_into_itself_nor_into_a_merged_or_unknown_one(self, desk: Desk, send: Send) -> None:
        one, two, three = send(), send(), send()
        desk.merge(two.code, three.code, OFFICER)
        for into in (one.code, two.code, "12345678"):
            with pytest.raises(ReportError):
                desk.merge(one.code, into, OFFICER)
        assert desk.find(one.code).status is Status.NEW

    def test_a_merge_that_comes_too_late_leaves_the_other_report_alone(
        self, desk: Desk, send: Send
    ) -> None:
        for _ in range(5):
            one, main = send(), send(sender=OTHER)
            done, errors = at_once(
                lambda: desk.resolve(one.code, OFFICER, "xong"),  # noqa: B023 - called at once
                lambda: desk.merge(one.code, main.code, OFFICER),  # noqa: B023
            )
            assert len(done) == len(errors) == 1
            merged = desk.find(one.code).status is Status.MERGED
            assert desk.find(main.code).voices == (2 if merged else 1)
            assert (CITIZEN in desk.followers(main)) is merged

    def test_two_reports_are_never_merged_into_each_other(self, desk: Desk, send: Send) -> None:
        for _ in range(5):
            one, two = send(), send(sender=OTHER)
            done, errors = at_once(
                lambda: desk.merge(one.code, two.code, OFFICER),  # noqa: B023 - called at once
                lambda: desk.merge(two.code, one.code, OFFICER),  # noqa: B023
            )
            assert len(done) == len(errors) == 1


class TestAtOnce:
    def test_of_two_officers_one_wins(self, desk: Desk, engine: Engine, send: Send) -> None:
        for _ in range(5):
            code = send().code
            done, errors = at_once(
                lambda: desk.resolve(code, "A", "xong"),  # noqa: B023 - called at once
                lambda: desk.refuse(code, "B", "không"),  # noqa: B023
            )
            assert len(done) == len(errors) == 1
            assert len(kinds(desk, desk.find(code))) == 2
        assert len(told(engine)) == 5

    def test_a_report_is_passed_on_to_one_body_only(
        self, desk: Desk, shipped: KnowledgeBase, send: Send
    ) -> None:
        area = shipped.gazetteer.area("phuongtohieu")
        ways = [
            route(shipped, category, area, NOW)
            for category in map(shipped.category, ("khac", "an_ninh"))
            if category is not None
        ]
        for _ in range(5):
            code = send().code
            done, errors = at_once(
                *[lambda w=w: desk.forward(code, OFFICER, w, "chuyển") for w in ways]  # noqa: B023
            )
            # The slower one may also have read the report afterwards and pass it on again.
            assert len(done) + len(errors) == 2 and done
            moves = [e for e in desk.history(desk.find(code)) if e.kind is EventKind.FORWARDED]
            assert len(moves) == len(done)
            assert moves[-1].details["unit"] == desk.find(code).unit_name

    def test_following_and_working_at_once_lose_nothing(self, desk: Desk, send: Send) -> None:
        for _ in range(5):
            code = send().code
            _, errors = at_once(
                lambda: desk.follow(code, OTHER),  # noqa: B023 - called at once
                lambda: desk.accept(code, OFFICER),  # noqa: B023
            )
            report = desk.find(code)
            assert not errors and (report.status, report.voices) == (Status.ACCEPTED, 2)


class TestHistory:
    def test_only_grows(self, desk: Desk, send: Send, way: Route) -> None:
        code = send().code
        steps: list[Callable[[], object]] = [
            lambda: desk.note(code, OFFICER, "gọi hỏi tổ trưởng"),
            lambda: desk.accept(code, OFFICER),
            lambda: desk.forward(code, OFFICER, way, ""),
            lambda: desk.release(code, OFFICER, True),
            lambda: desk.resolve(code, OFFICER, "xong"),
            lambda: desk.rate(code, CITIZEN, 3),
            lambda: desk.rate(code, CITIZEN, 5, "được"),
            lambda: desk.reopen(code, CITIZEN, "chưa", REOPEN_DAYS, way),
        ]
        before = desk.history(desk.find(code))
        for step in steps:
            step()
            after = desk.history(desk.find(code))
            assert after[: len(before)] == before and len(after) == len(before) + 1
            before = after

    def test_a_refused_change_leaves_no_trace(self, desk: Desk, send: Send) -> None:
        report = desk.resolve(send().code, OFFICER, "xong")
        before = desk.history(report)
        for _ in range(3):
            with pytest.raises(ForbiddenChangeError):
                desk.accept(report.code, OFFICER)
        assert desk.history(report) == before and desk.find(report.code) == report


class TestNotices:
    def test_each_follower_is_told_once_of_each_step(
        self, desk: Desk, engine: Engine, send: Send, way: Route
    ) -> None:
        code = send().code
        followers = [CITIZEN, *(f"web:f{i}" for i in range(4))]
        for follower in followers[1:]:
            desk.follow(code, follower)
        desk.accept(code, OFFICER)
        desk.resolve(code, OFFICER, "xong")
        with engine.connect() as connection:
            rows = connection.execute(select(outbox.c.key, outbox.c.recipient)).all()
        assert Counter(row.recipient for row in rows) == dict.fromkeys(followers, 2)
        assert len({row.key for row in rows}) == len(rows)

    def test_notes_releases_follows_and_ratings_are_never_told(
        self, desk: Desk, engine: Engine, send: Send
    ) -> None:
        code = send().code
        desk.note(code, OFFICER, "người này hay kêu")
        desk.follow(code, OTHER)
        desk.release(code, OFFICER, True)
        assert told(engine) == []
        desk.resolve(code, OFFICER, "xong")
        desk.note(code, OFFICER, "bí mật")
        desk.rate(code, CITIZEN, 5)
        assert told(engine) == ["pa_tin_xong"] * 2
        due = Outbox(engine).due()
        assert not any("bí mật" in str(n.body) or "hay kêu" in str(n.body) for n in due)

    def test_the_notice_has_what_its_wording_needs(
        self, desk: Desk, engine: Engine, send: Send, shipped: KnowledgeBase
    ) -> None:
        report, main = send(), send()
        desk.ask(report.code, OFFICER, "Ngõ nào ạ?")
        desk.merge(report.code, main.code, OFFICER)
        asked, merged = Outbox(engine).due()
        assert asked.body["code"] == report.code
        texts = [
            shipped.prompts.text(n.body["prompt"], **n.body["values"]) for n in (asked, merged)
        ]
        assert "«Ngõ nào ạ?»" in texts[0] and report.code[:4] in texts[0]
        assert f"{main.code[:4]} {main.code[4:]}" in texts[1]

    def test_the_longest_sender_is_told_too(self, desk: Desk, engine: Engine, send: Send) -> None:
        sender = "web:" + "x" * 128
        desk.accept(send(sender=sender).code, OFFICER)
        (notice,) = Outbox(engine).due()
        assert notice.recipient == sender
        assert len(notice.key) <= 128  # it is the turn's id in the log of turns
