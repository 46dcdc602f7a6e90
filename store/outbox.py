"""The outbox: what must be told, kept with the change that caused it until it is delivered.

A notice is written in the same transaction as the change, so neither is there without the other.
A dispatcher takes due notices, hands each to its channel, and marks it sent; a crash in between
means it is sent again with the same ``key``, by which the channel knows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, DateTime, Integer, String, Table, Text, insert, select, update
from sqlalchemy.engine import Connection, Engine

from store.database import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("recipient", String(200), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", DateTime, nullable=False, index=True),
    Column("sent_at", DateTime),
    Column("error", String(200)),
    sqlite_autoincrement=True,
)

WAITING, SENT, FAILED = "waiting", "sent", "failed"
BACK_OFF_SECONDS = (5, 30, 120, 600, 3600, 6 * 3600)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be told to a conversation.

    Attributes:
        key: the same notice never goes out under two keys.
        recipient: the conversation, with its channel as prefix.
        body: a reply as JSON.

    """

    key: str
    recipient: str
    body: Mapping[str, Any]
    number: int = 0
    tries: int = 0


def enqueue(connection: Connection, notice: Notice) -> None:
    """Write a notice as part of the caller's transaction; a known key is left as it is."""
    known = connection.execute(select(outbox.c.number).where(outbox.c.key == notice.key)).first()
    if known is None:
        connection.execute(
            insert(outbox).values(
                key=notice.key,
                recipient=notice.recipient,
                body=json.dumps(notice.body, ensure_ascii=False),
                state=WAITING,
                tries=0,
                due_at=_now(),
            )
        )


class Outbox:
    """Takes notices out again; one dispatcher at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, limit: int = 50) -> list[Notice]:
        """Notices to be sent now, oldest first."""
        query = (
            select(outbox)
            .where(outbox.c.state == WAITING, outbox.c.due_at <= _now())
            .order_by(outbox.c.number)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [
                Notice(row.key, row.recipient, json.loads(row.body), row.number, row.tries)
                for row in connection.execute(query)
            ]

    def sent(self, notice: Notice) -> None:
        """Mark a notice as delivered."""
        self._update(notice, state=SENT, sent_at=_now(), error=None)

    def retry(self, notice: Notice, error: str) -> None:
        """Mark a try as failed; it is tried again later, in the end given up."""
        tries = notice.tries + 1
        if tries > len(BACK_OFF_SECONDS):
            self._update(notice, state=FAILED, tries=tries, error=error[:200])
            return
        due = _now() + timedelta(seconds=BACK_OFF_SECONDS[tries - 1])
        self._update(notice, tries=tries, due_at=due, error=error[:200])

    def give_up(self, notice: Notice, error: str) -> None:
        """Mark a notice as undeliverable."""
        self._update(notice, state=FAILED, tries=notice.tries + 1, error=error[:200])

    def _update(self, notice: Notice, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(outbox).where(outbox.c.number == notice.number).values(**values)
            )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
