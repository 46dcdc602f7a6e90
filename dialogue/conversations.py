"""Rasa's tracker store on our database, kept small.

A conversation is stored as a whole for its last turns only: slots hold what is remembered, so older
events are never needed, and a long conversation costs no more than a short one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Float, String, Table, Text, delete, insert, select, update
from sqlalchemy.engine import Engine

from nlu import stand_ins
from store.database import metadata

stand_ins.install()

from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402

KEEP_EVENTS = 60
"""Events of a conversation that are kept; a turn makes about ten."""

conversations = Table(
    "conversations",
    metadata,
    Column("sender", String(200), primary_key=True),
    Column("tracker", Text, nullable=False),
    Column("at", Float, nullable=False, index=True),
)


class ConversationStore(TrackerStore, SerializedTrackerAsText):
    """One row a conversation."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(Domain.empty(), None)
        self._engine = engine

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Called by Rasa at the end of a turn."""
        state = tracker.as_dialogue().as_dict()
        state["events"] = _last_events(state["events"])
        row = {"tracker": json.dumps(state, ensure_ascii=False), "at": time.time()}
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(conversations).where(conversations.c.sender == tracker.sender_id).values(row)
            )
            if changed.rowcount == 0:
                connection.execute(insert(conversations).values(sender=tracker.sender_id, **row))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Called by Rasa at the start of a turn."""
        query = select(conversations.c.tracker).where(conversations.c.sender == sender_id)
        with self._engine.connect() as connection:
            stored = connection.execute(query).scalar()
        return self.deserialise_tracker(sender_id, stored) if stored else None

    async def keys(self) -> Iterable[str]:
        """The senders with a conversation."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(conversations.c.sender)).scalars())

    def forget(self, sender: str) -> None:
        """Delete a sender's conversation."""
        with self._engine.begin() as connection:
            connection.execute(delete(conversations).where(conversations.c.sender == sender))

    def purge(self, older_than: timedelta) -> int:
        """Delete conversations that were silent for longer than this; returns how many."""
        before = time.time() - older_than.total_seconds()
        old = delete(conversations).where(conversations.c.at < before)
        with self._engine.begin() as connection:
            return int(connection.execute(old).rowcount)


def _last_events(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last whole turns, after the newest event of each slot and loop that is in force."""
    turns = [i for i, event in enumerate(events) if event["event"] == "user"]
    if len(events) <= KEEP_EVENTS or not turns:
        return events
    cut = next((i for i in turns if i >= len(events) - KEEP_EVENTS), turns[-1])
    in_force: dict[tuple[str, str | None], dict[str, Any]] = {}
    for event in events[:cut]:
        kind = event["event"]
        if kind == "session_started":
            in_force = {}  # what came before is forgotten
        if kind in ("session_started", "slot", "active_loop"):
            key = (kind, event["name"] if kind == "slot" else None)
            in_force.pop(key, None)
            in_force[key] = event
    return [*in_force.values(), *events[cut:]]
