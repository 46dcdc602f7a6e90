"""The dialogue service: each turn once, a sender's turns in order, no answer unrecorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from actions.reply import Reply
from dialogue.host import DialogueHost
from dialogue.messages import Answered
from dialogue.turn import Turn
from store.turns import AnsweredTurn, TurnLog


class DialogueService:
    """What a worker does with a turn."""

    def __init__(self, host: DialogueHost, log: TurnLog) -> None:
        self._host = host
        self._log = log
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}
        self.turns = 0

    async def answer(self, turn: Turn) -> Answered:
        """The replies to a turn; the same id again gets the same replies and has no effect."""
        async with self._in_order(turn.sender):
            known = await asyncio.to_thread(self._log.find, turn.sender, turn.id)
            if known is not None:
                return _answered(known)
            replies = await self._host.handle(turn)
            recorded = await asyncio.to_thread(
                self._log.record,
                turn.sender,
                turn.id,
                turn.text,
                [reply.to_json() for reply in replies],
            )
            self.turns += 1
            return _answered(recorded)

    async def history(self, sender: str, after: int) -> Sequence[Answered]:
        """A sender's turns after ``after``, oldest first."""
        found = await asyncio.to_thread(self._log.after, sender, after)
        return [_answered(turn) for turn in found]

    async def forget_old(self, keep: timedelta) -> int:
        """Delete recorded turns older than ``keep``."""
        return await asyncio.to_thread(self._log.purge, keep)

    @asynccontextmanager
    async def _in_order(self, sender: str) -> AsyncIterator[None]:
        """Hold the sender's lock; it is dropped when nobody waits for it."""
        lock, waiting = self._locks.get(sender, (asyncio.Lock(), 0))
        self._locks[sender] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[sender]
            if waiting == 1:
                del self._locks[sender]
            else:
                self._locks[sender] = (lock, waiting - 1)


def _answered(turn: AnsweredTurn) -> Answered:
    return Answered(tuple(map(Reply.from_json, turn.replies)), turn.number, turn.said)
