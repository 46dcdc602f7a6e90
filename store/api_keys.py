"""Keys of other systems that send reports (Open311): in the settings, or here as digests."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, String, Table, delete, insert, select
from sqlalchemy.engine import Engine

from store.database import metadata

open311_keys = Table(
    "open311_keys",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("at", DateTime, nullable=False),
)

OWNER_DIGITS = 16


class ApiKeys:
    """Knows valid keys; a key itself is never stored, so a stolen table opens nothing."""

    def __init__(self, engine: Engine, from_settings: str = "") -> None:
        """``from_settings`` holds keys separated by commas."""
        self._engine = engine
        parts = (part.strip() for part in from_settings.split(","))
        self._settings = frozenset(_digest(part) for part in parts if part)

    def owner(self, key: str) -> str | None:
        """A stable name for whoever holds this key, None where it is not valid."""
        if not key:
            return None
        digest = _digest(key)
        if digest in self._settings:
            return digest[:OWNER_DIGITS]
        query = select(open311_keys.c.digest).where(open311_keys.c.digest == digest)
        with self._engine.connect() as connection:
            found = connection.execute(query).first()
        return digest[:OWNER_DIGITS] if found else None

    def add(self, name: str) -> str:
        """A new key for a system of this name; it is shown this once.

        Raises:
            sqlalchemy.exc.IntegrityError: the name has a key.

        """
        key = secrets.token_urlsafe(32)
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._engine.begin() as connection:
            connection.execute(insert(open311_keys).values(digest=_digest(key), name=name, at=now))
        return key

    def remove(self, name: str) -> bool:
        """Withdraw a system's key; False where it has none."""
        with self._engine.begin() as connection:
            done = connection.execute(delete(open311_keys).where(open311_keys.c.name == name))
        return bool(done.rowcount)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
