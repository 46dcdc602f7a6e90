"""The log of answered turns."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.engine import Engine

from store.database import make_engine, metadata
from store.turns import TurnLog, turns

REPLIES: list[dict[str, Any]] = [{"text": "Lệ phí: miễn phí ✓", "buttons": [], "source": None}]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(f"sqlite:///{tmp_path / 'sub' / 'motcua.db'}")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def log(engine: Engine) -> TurnLog:
    return TurnLog(engine)


def test_the_database_survives_a_crash_of_the_machine(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


class TestRecord:
    def test_what_was_recorded_is_found(self, log: TurnLog) -> None:
        recorded = log.record("web:a", "1", "mấy tiền?", REPLIES)
        assert recorded.said == "mấy tiền?" and recorded.replies == REPLIES
        assert log.find("web:a", "1") == recorded

    def test_is_found_by_its_sender_and_its_id_only(self, log: TurnLog) -> None:
        log.record("web:a", "1", "x", REPLIES)
        assert log.find("web:b", "1") is None
        assert log.find("web:a", "2") is None
        assert log.find("web:%", "1") is None

    def test_the_first_record_of_an_id_stands(self, log: TurnLog) -> None:
        first = log.record("web:a", "1", "x", REPLIES)
        assert log.record("web:a", "1", "y", []) == first
        assert len(log.after("web:a", 0)) == 1

    def test_the_same_id_of_another_sender_is_another_turn(self, log: TurnLog) -> None:
        one, other = log.record("web:a", "1", "x", []), log.record("web:b", "1", "y", REPLIES)
        assert one.number != other.number
        assert log.find("web:b", "1") == other

    def test_the_same_id_from_many_threads_is_recorded_once(self, log: TurnLog) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = list(
                pool.map(
                    lambda i: log.record("web:a", "1", f"lần {i}", [{"text": str(i)}]), range(24)
                )
            )
        assert len({turn.number for turn in found}) == 1
        assert len({turn.said for turn in found}) == 1
        assert log.after("web:a", 0) == [found[0]]

    def test_many_threads_record_many_turns(self, log: TurnLog) -> None:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda i: log.record(f"web:{i % 4}", str(i), "x", []), range(64)))
        assert len({turn.number for turn in found}) == 64

    def test_is_there_after_a_restart(self, engine: Engine, log: TurnLog) -> None:
        recorded = log.record("web:a", "1", "x", REPLIES)
        engine.dispose()
        again = make_engine(str(engine.url))
        assert TurnLog(again).find("web:a", "1") == recorded
        again.dispose()

    def test_odd_text_comes_back_as_it_was(self, log: TurnLog) -> None:
        said = "'; DROP TABLE turns; -- \" \\ \n 😀 \u202e"
        log.record("web:a'--", "'", said, [{"text": said}])
        found = log.find("web:a'--", "'")
        assert found is not None and found.said == said and found.replies == [{"text": said}]


class TestAfter:
    def test_later_ones_of_the_sender_in_order(self, log: TurnLog) -> None:
        numbers = [log.record("web:a", str(i), str(i), []).number for i in range(4)]
        log.record("web:b", "1", "x", [])
        assert [turn.said for turn in log.after("web:a", 0)] == ["0", "1", "2", "3"]
        assert [turn.said for turn in log.after("web:a", numbers[1])] == ["2", "3"]
        assert log.after("web:a", numbers[-1]) == []

    def test_from_the_start_the_newest_are_given_and_later_the_next(self, log: TurnLog) -> None:
        numbers = [log.record("web:a", str(i), str(i), []).number for i in range(6)]
        assert [turn.said for turn in log.after("web:a", 0, limit=2)] == ["4", "5"]
        assert [turn.said for turn in log.after("web:a", -3, limit=2)] == ["4", "5"]
        assert [turn.said for turn in log.after("web:a", numbers[0], limit=2)] == ["1", "2"]

    def test_numbers_are_not_given_twice(self, log: TurnLog) -> None:
        last = log.record("web:a", "1", "x", []).number
        assert log.purge(timedelta(seconds=-1)) == 1
        assert log.record("web:a", "1", "x", []).number > last


class TestPurge:
    def test_deletes_what_is_older(self, engine: Engine, log: TurnLog) -> None:
        old, new = log.record("web:a", "old", "x", []), log.record("web:a", "new", "x", [])
        long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=31)
        with engine.begin() as connection:
            connection.execute(
                update(turns).where(turns.c.number == old.number).values(at=long_ago)
            )
        assert log.purge(timedelta(days=30)) == 1
        assert log.after("web:a", 0) == [new]
        assert log.purge(timedelta(days=30)) == 0
