"""What the actions of this process work on besides the knowledge: the desk of field reports."""

from __future__ import annotations

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from reports.desk import Desk
from store.database import metadata

_engine: Engine | None = None


def install(engine: Engine) -> None:
    """Use this database; its tables exist."""
    global _engine
    _engine = engine


def engine() -> Engine:
    """The database in use; one in memory where none was installed (questions in a terminal)."""
    global _engine
    if _engine is None:
        _engine = create_engine(
            "sqlite://",
            future=True,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
        metadata.create_all(_engine)
    return _engine


def desk() -> Desk:
    """The desk of field reports."""
    return Desk(engine())
