"""Duplicates: the same thing is offered, another thing is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from knowledge.base import KnowledgeBase
from reports.desk import Desk
from reports.duplicates import DAYS, Likeness, find_same
from reports.model import Draft, Report
from store.database import make_engine, metadata
from tests.reports.conftest import MakeDraft

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
HERE = (21.3270, 103.9140)
NEAR = (21.3275, 103.9145)  # some 75 m away
FAR = (21.3400, 103.9300)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = make_engine(f"sqlite:///{tmp_path / 'motcua.db'}")
    metadata.create_all(made)
    return made


class World:
    """What is stored, and the question for the same."""

    def __init__(self, engine: Engine, base: KnowledgeBase, draft: MakeDraft) -> None:
        self.desk = Desk(engine)
        self._engine, self._base, self._draft = engine, base, draft

    def store(self, days_ago: float = 0, **more: Any) -> Report:
        return self.desk.receive(self._draft(**more), self._base, NOW - timedelta(days=days_ago))

    def same(self, **more: Any) -> Likeness | None:
        asked: Draft = self._draft(sender="web:b", **more)
        now = NOW.replace(tzinfo=None)
        return find_same(self._engine, asked, now, self._base.filler_words)


@pytest.fixture
def world(engine: Engine, shipped: KnowledgeBase, draft: MakeDraft) -> World:
    return World(engine, shipped, draft)


SAID: dict[str, Any] = {
    "description": "rác chất đống đầu ngõ 12 đường Tô Hiệu",
    "address": "ngõ 12 đường Tô Hiệu",
}
SAID_OTHERWISE: dict[str, Any] = {
    "description": "đống rác to ở ngõ 12 đường Tô Hiệu bốc mùi",
    "address": "ngõ 12 đường Tô Hiệu",
}


def test_the_same_thing_in_other_words_is_found(world: World) -> None:
    report = world.store(**SAID)
    same = world.same(**SAID_OTHERWISE)
    assert same is not None and same.report == report and 0.5 <= same.share <= 1


def test_without_diacritics_too(world: World) -> None:
    world.store(**SAID)
    assert world.same(description="rac o ngo 12 duong to hieu", address="ngo 12 duong to hieu")


def test_nothing_is_like_nothing(world: World) -> None:
    assert world.same(**SAID) is None


@pytest.mark.parametrize(
    "other",
    [
        {"category": "chieu_sang"},
        {"area": "xamaison"},
        {
            "description": "xe rác không tới lấy cả tuần, túi nằm la liệt",
            "address": "sau chợ Trung tâm",
        },
    ],
    ids=["category", "commune", "place and words"],
)
def test_another_thing_is_not_offered(world: World, other: dict[str, Any]) -> None:
    world.store(**SAID)
    assert world.same(**{**SAID, **other}) is None


def test_what_has_ended_is_not_offered(world: World) -> None:
    code = world.store(**SAID).code
    world.desk.resolve(code, "Hoa", "đã dọn")
    assert world.same(**SAID) is None


def test_what_is_old_is_not_offered(world: World) -> None:
    world.store(days_ago=DAYS + 1, **SAID)
    assert world.same(**SAID) is None
    world.store(days_ago=DAYS - 1, **SAID)
    assert world.same(**SAID) is not None


def test_near_by_is_the_same_whatever_the_words(world: World) -> None:
    report = world.store(lat=HERE[0], lon=HERE[1], description="rác hôi", address="")
    same = world.same(lat=NEAR[0], lon=NEAR[1], description="túi bóng vứt đầy lối đi", address="")
    assert same is not None and same.report == report


def test_far_away_is_another_thing_whatever_the_words(world: World) -> None:
    world.store(lat=HERE[0], lon=HERE[1], **SAID)
    assert world.same(lat=FAR[0], lon=FAR[1], **SAID) is None


def test_the_most_like_one_is_offered(world: World) -> None:
    world.store(description="rác đầu đường Tô Hiệu", address="đường Tô Hiệu")
    report = world.store(**SAID)
    world.store(description="rác chợ đường Tô Hiệu bừa bãi", address="chợ đường Tô Hiệu")
    same = world.same(**SAID)
    assert same is not None and same.report == report


def test_without_commune_and_position_nothing_is_offered(world: World) -> None:
    world.store(area=None, **SAID)
    assert world.same(area=None, **SAID) is None


def test_the_same_kind_of_trouble_in_another_street_is_not_offered(world: World) -> None:
    world.store(
        category="chieu_sang",
        description="đèn đường phố Lò Văn Giá phường Tô Hiệu tắt ba hôm nay",
        address="phố Lò Văn Giá phường Tô Hiệu",
    )
    other = {
        "category": "chieu_sang",
        "description": "đèn đường phố Trường Chinh phường Tô Hiệu tắt cả tuần",
        "address": "phố Trường Chinh phường Tô Hiệu",
    }
    assert world.same(**other) is None
