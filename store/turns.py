"""The log of answered turns: what makes a repeated delivery harmless and a reload complete.

A turn is identified by its sender and its id. Its replies are committed before they are given out,
so the same id again gets the same replies. ``number`` counts upwards over all senders; a door asks
for what came after the last one it has seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from store.database import metadata

turns = Table(
    "turns",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("sender", String(200), nullable=False),
    Column("turn_id", String(128), nullable=False),
    Column("said", Text, nullable=False, default=""),
    Column("replies", Text, nullable=False),
    Column("at", DateTime, nullable=False, index=True),
    UniqueConstraint("sender", "turn_id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class AnsweredTurn:
    """One turn with its replies (as JSON objects).

    Attributes:
        number: place in the log.
        said: what the citizen wrote, for showing the history again.
        replies: the replies in the order given.

    """

    number: int
    said: str
    replies: list[dict[str, Any]]


class TurnLog:
    """Stores answered turns; safe across threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, sender: str, turn_id: str) -> AnsweredTurn | None:
        """The turn with this id, if it was answered before."""
        query = select(turns).where(turns.c.sender == sender, turns.c.turn_id == turn_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return _answered(row) if row else None

    def record(
        self, sender: str, turn_id: str, said: str, replies: list[dict[str, Any]]
    ) -> AnsweredTurn:
        """Keep the replies to a turn; where the same id is there already, that one stands."""
        values = {
            "sender": sender,
            "turn_id": turn_id,
            "said": said,
            "replies": json.dumps(replies, ensure_ascii=False),
            "at": datetime.now(UTC).replace(tzinfo=None),
        }
        try:
            with self._engine.begin() as connection:
                number = connection.execute(insert(turns).values(values)).inserted_primary_key[0]
        except IntegrityError:
            earlier = self.find(sender, turn_id)
            if earlier is None:
                raise
            return earlier
        return AnsweredTurn(number, said, replies)

    def after(self, sender: str, number: int, limit: int = 50) -> list[AnsweredTurn]:
        """The sender's turns after ``number``, oldest first, at most ``limit``."""
        query = (
            select(turns)
            .where(turns.c.sender == sender, turns.c.number > number)
            .order_by(turns.c.number.desc() if number <= 0 else turns.c.number)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            found = [_answered(row) for row in connection.execute(query)]
        return sorted(found, key=lambda turn: turn.number)

    def purge(self, older_than: timedelta) -> int:
        """Delete turns older than this; returns how many."""
        before = datetime.now(UTC).replace(tzinfo=None) - older_than
        with self._engine.begin() as connection:
            return int(connection.execute(delete(turns).where(turns.c.at < before)).rowcount)


def _answered(row: Any) -> AnsweredTurn:
    return AnsweredTurn(row.number, row.said, json.loads(row.replies))
