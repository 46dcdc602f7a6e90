"""No confirmed report is lost and none is doubled, whatever process dies, whenever."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from knowledge.base import KnowledgeBase
from reports.codes import is_valid
from reports.tables import report_events, reports
from store.database import make_engine
from tests.processes import Running, start

pytestmark = pytest.mark.slow

SENDERS = 8
WORKER_KILLS = 5
GIVE_UP_SECONDS = 120.0
PAUSES = (0.05, 0.35)
TROUBLES = (
    "rác chất đống không ai dọn",
    "đèn đường tắt cả tuần",
    "cây đổ chắn lối đi",
    "cống tắc nước tràn ra ngõ",
    "chó thả rông không rọ mõm",
)


@dataclass
class Town:
    """A service that dies now and then, and citizens who go on regardless."""

    service: Running
    places: Iterator[tuple[str, str]]
    over: threading.Event = field(default_factory=threading.Event)
    confirmed: list[str] = field(default_factory=list)
    retried: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, sender: str, text: str, turn: str) -> list[dict[str, Any]]:
        """One message under its id, again and again until it is answered."""
        end = time.monotonic() + GIVE_UP_SECONDS
        body = {"sender": sender, "text": text, "id": turn}
        while time.monotonic() < end:
            try:
                status, answer = self.service.post("/api/v1/messages", body)
            except OSError:
                status = 0
            except Exception as error:  # a connection cut in the middle of an answer
                assert "Incomplete" in type(error).__name__ or "Remote" in type(error).__name__
                status = 0
            if status == 200:
                return list(answer["replies"])
            assert status in (0, 429, 500, 502, 503, 504), status
            with self.lock:
                self.retried += 1
            time.sleep(0.2)
        raise AssertionError("the service did not come back")

    def citizen(self, number: int) -> int:
        """Reports one thing after the other until the town is over."""
        chosen = random.Random(number)
        sender, turns, sent = uuid.uuid4().hex, 0, 0
        while not self.over.is_set():
            with self.lock:
                commune, trouble = next(self.places)
            for text in (f"{trouble} ở ngõ {number + 1}, {commune}", "bỏ qua", "gửi"):
                turns += 1
                replies = self.send(sender, text, f"t{turns}")
                time.sleep(chosen.uniform(*PAUSES))
            assert replies and replies[0]["report"] is not None, replies
            again = self.send(sender, "gửi", f"t{turns}")  # an impatient second press
            assert again == replies
            with self.lock:
                self.confirmed.append(replies[0]["report"]["code"])
            sent += 1
        return sent

    def kill_worker(self, after: float) -> None:
        time.sleep(after)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                os.kill(self.service.worker_pid(), signal.SIGKILL)
            except (subprocess.CalledProcessError, ProcessLookupError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("no worker to kill")

    def kill_gateway(self, after: float, models: Path) -> None:
        time.sleep(after)
        self.service.process.kill()
        self.service.process.wait(timeout=10)
        self.service = start(self.service.var, models)


def test_kill_9_of_any_process_loses_and_doubles_nothing(
    models: Path, tmp_path: Path, shipped: KnowledgeBase
) -> None:
    names = [area.name for area in shipped.gazetteer.areas]
    random.Random(1).shuffle(names)
    town = Town(start(tmp_path, models), iter(product(names, TROUBLES)))
    chosen = random.Random(2)
    try:
        with ThreadPoolExecutor(SENDERS) as pool:
            citizens = [pool.submit(town.citizen, number) for number in range(SENDERS)]
            try:
                for kill in range(WORKER_KILLS):
                    town.kill_worker(after=chosen.uniform(0.5, 2.5))
                    if kill == WORKER_KILLS // 2:
                        town.kill_gateway(chosen.uniform(0.0, 2.0), models)
                    town.service.wait_ready(60)
                time.sleep(1)
            finally:
                town.over.set()
            sent = sum(citizen.result(timeout=GIVE_UP_SECONDS) for citizen in citizens)
        assert sent == len(town.confirmed) >= 3 * SENDERS
        assert town.retried > WORKER_KILLS  # somebody did meet each kill
    finally:
        town.over.set()
        if town.service.process.poll() is None:
            town.service.stop()

    engine = make_engine(f"sqlite:///{tmp_path / 'motcua.db'}")
    with engine.connect() as connection:
        stored = connection.execute(select(reports)).all()
        events = Counter(connection.execute(select(report_events.c.report)).scalars())
    engine.dispose()
    assert Counter(town.confirmed) == Counter(row.code for row in stored)
    assert max(Counter(town.confirmed).values()) == 1
    assert all(is_valid(code) for code in town.confirmed)
    # Nobody reports the same trouble in the same commune twice here: a second row is a double.
    assert len({(row.description, row.area) for row in stored}) == len(stored)
    assert events == {row.id: 1 for row in stored}
