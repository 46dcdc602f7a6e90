"""The dispatcher: takes notices out of the outbox and hands each to its door.

For the web chat, delivery means a line in the log of turns, which the page asks for; the notice's
key is the line's id, so a second delivery changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from actions.notices import to_reply
from knowledge.live import LiveKnowledge
from store.outbox import Notice, Outbox
from store.turns import TurnLog

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
CHANNELS = ("web",)
"""Doors whose notices wait in the log of turns until they are asked for."""


class Dispatcher:
    """Delivers notices until it is cancelled."""

    def __init__(self, outbox: Outbox, turns: TurnLog, knowledge: LiveKnowledge) -> None:
        self._outbox = outbox
        self._turns = turns
        self._knowledge = knowledge

    async def run(self) -> None:
        """Deliver what is due, again and again."""
        while True:
            try:
                delivered = await asyncio.to_thread(self.deliver_due)
            except Exception:  # the database may be away for a while
                log.exception("Không gửi được thông báo")
                delivered = 0
            if not delivered:
                await asyncio.sleep(PAUSE_SECONDS)

    def deliver_due(self) -> int:
        """Deliver all notices that are due now; returns how many were taken."""
        due = self._outbox.due()
        for notice in due:
            channel = notice.recipient.split(":", 1)[0]
            if channel not in CHANNELS:
                self._outbox.give_up(notice, f"no door delivers to {channel}")
                continue
            try:
                reply = self._reply(notice)
            except (KeyError, ValueError) as error:  # one faulty notice must not hold up the rest
                log.error("Không viết được thông báo %s: %s", notice.number, type(error).__name__)
                self._outbox.retry(notice, type(error).__name__)
                continue
            self._turns.record(notice.recipient, notice.key, "", [reply])
            self._outbox.sent(notice)
        return len(due)

    def _reply(self, notice: Notice) -> dict[str, Any]:
        return to_reply(self._knowledge.state, notice.body).to_json()
