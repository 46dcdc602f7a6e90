"""The database engine: SQLite in WAL mode by default, PostgreSQL by URL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import MetaData, create_engine, event
from sqlalchemy.engine import Engine, make_url

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All of our tables; each module that owns one adds it here."""

BUSY_MILLISECONDS = 10_000


def make_engine(url: str, *, power_safe: bool = True) -> Engine:
    """An engine for ``url``; for SQLite the folder is made and write-ahead logging switched on.

    Nothing committed is lost when a process is killed. Where the power fails, ``power_safe``
    keeps the last commits, too, at the price of waiting for the disk: conversations do without.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, future=True, pool_pre_ping=True, pool_size=5, max_overflow=10)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, future=True, connect_args={"check_same_thread": False})

    def configure(connection: object, _record: object) -> None:
        _configure_sqlite(connection, power_safe=power_safe)

    event.listen(engine, "connect", configure)
    return engine


def _configure_sqlite(connection: object, *, power_safe: bool) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA synchronous={'FULL' if power_safe else 'NORMAL'}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.close()
