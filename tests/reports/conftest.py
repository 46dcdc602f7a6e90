"""Fixtures of the report tests: an empty database of either kind, a desk on it, drafts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine

from reports.desk import Desk
from reports.model import Draft
from store.database import make_engine, metadata
from tests.postgres import server_folder, throw_away_server

MakeDraft = Callable[..., Draft]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    programs = server_folder()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with throw_away_server(programs) as url:
        yield url


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Engine]:
    made = make_engine(postgres_url)
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "postgresql":
        server: Engine = request.getfixturevalue("postgres")
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        with server.begin() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        yield server
        return
    made = make_engine(f"sqlite:///{tmp_path / 'motcua.db'}")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture
def draft() -> MakeDraft:
    """Makes drafts; each has a key of its own unless one is given."""
    numbers = itertools.count()

    def make(**more: Any) -> Draft:
        values = {
            "key": f"web:a/{next(numbers)}",
            "sender": "web:a",
            "channel": "web",
            "category": "rac_thai",
            "description": "rác chất đống đầu ngõ ba hôm nay",
            "address": "ngõ 12 đường Tô Hiệu",
            "area": "phuongtohieu",
        }
        return Draft(**{**values, **more})

    return make
