"""The outbox: nothing lost, nothing told twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from store.database import make_engine, metadata
from store.outbox import BACK_OFF_SECONDS, FAILED, SENT, WAITING, Notice, Outbox, enqueue, outbox
from store.turns import TurnLog

BODY = {"prompt": "pa_tin_xong", "code": "12345678", "values": {"ma": "1234 5678 ✓"}}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(f"sqlite:///{tmp_path / 'motcua.db'}")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def box(engine: Engine) -> Outbox:
    return Outbox(engine)


def put(engine: Engine, *keys: str, recipient: str = "web:a") -> None:
    with engine.begin() as connection:
        for key in keys:
            enqueue(connection, Notice(key, recipient, BODY))


def row(engine: Engine, key: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(outbox).where(outbox.c.key == key)).one()


def let_time_pass(engine: Engine, by: timedelta) -> None:
    with engine.begin() as connection:
        for number, due in connection.execute(select(outbox.c.number, outbox.c.due_at)).all():
            where = outbox.c.number == number
            connection.execute(update(outbox).where(where).values(due_at=due - by))


def keys(notices: list[Notice]) -> list[str]:
    return [notice.key for notice in notices]


def test_taken_out_as_put_in_oldest_first(engine: Engine, box: Outbox) -> None:
    put(engine, "c", "a", "b")
    due = box.due()
    assert keys(due) == ["c", "a", "b"]
    assert due[0].body == BODY and due[0].recipient == "web:a" and due[0].tries == 0
    assert keys(box.due(limit=2)) == ["c", "a"]


def test_what_was_sent_is_not_due_again(engine: Engine, box: Outbox) -> None:
    put(engine, "a", "b")
    box.sent(box.due()[0])
    assert keys(box.due()) == ["b"]
    assert row(engine, "a").state == SENT and row(engine, "a").sent_at is not None


def test_a_known_key_is_left_as_it_is(engine: Engine, box: Outbox) -> None:
    put(engine, "a", "a")
    box.sent(box.due()[0])
    put(engine, "a", recipient="web:b")
    assert box.due() == [] and row(engine, "a").recipient == "web:a"


def test_a_change_that_fails_leaves_no_notice(engine: Engine, box: Outbox) -> None:
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        enqueue(connection, Notice("a", "web:a", BODY))
        raise ZeroDivisionError
    assert box.due() == []


def test_a_failed_try_waits_longer_each_time_and_is_given_up_in_the_end(
    engine: Engine, box: Outbox
) -> None:
    put(engine, "a")
    for tries, pause in enumerate(BACK_OFF_SECONDS, start=1):
        (notice,) = box.due()
        box.retry(notice, "không có mạng")
        assert box.due() == []
        kept = row(engine, "a")
        assert (kept.state, kept.tries, kept.error) == (WAITING, tries, "không có mạng")
        wait = kept.due_at - datetime.now(UTC).replace(tzinfo=None)
        assert timedelta(seconds=pause - 5) < wait <= timedelta(seconds=pause)
        let_time_pass(engine, timedelta(seconds=pause + 1))
    (last,) = box.due()
    assert last.tries == len(BACK_OFF_SECONDS)
    box.retry(last, "không có mạng")
    assert row(engine, "a").state == FAILED and box.due() == []
    assert list(BACK_OFF_SECONDS) == sorted(BACK_OFF_SECONDS)


def test_one_failed_try_does_not_hold_up_the_others(engine: Engine, box: Outbox) -> None:
    put(engine, "a", "b")
    box.retry(box.due()[0], "x")
    assert keys(box.due()) == ["b"]


def test_what_can_never_be_delivered_is_given_up_at_once(engine: Engine, box: Outbox) -> None:
    put(engine, "a")
    box.give_up(box.due()[0], "x" * 1000)
    kept = row(engine, "a")
    assert (kept.state, kept.tries, len(kept.error)) == (FAILED, 1, 200) and box.due() == []


def test_after_a_crash_between_sending_and_marking_the_same_key_comes_again(
    engine: Engine, box: Outbox
) -> None:
    put(engine, "report-1-2-web:a")
    turns = TurnLog(engine)
    (first,) = box.due()
    turns.record(first.recipient, first.key, "", [{"text": "xong"}])
    engine.dispose()  # the process dies before it marks it
    (again,) = Outbox(engine).due()
    assert again == first
    turns.record(again.recipient, again.key, "", [{"text": "xong"}])
    box.sent(again)
    assert len(turns.after("web:a", 0)) == 1 and box.due() == []


def test_notices_are_there_after_a_restart(engine: Engine) -> None:
    put(engine, "a")
    engine.dispose()
    again = make_engine(str(engine.url))
    assert keys(Outbox(again).due()) == ["a"]
    again.dispose()


def test_many_threads_put_many_notices(engine: Engine, box: Outbox) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: put(engine, f"k{i}"), range(40)))
    assert sorted(keys(box.due())) == sorted(f"k{i}" for i in range(40))
