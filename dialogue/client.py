"""The client: how a door talks to a worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector

from dialogue.errors import DialogueBusyError, DialogueUnavailableError
from dialogue.messages import HISTORY, STATUS, TURN, Answered, WorkerStatus
from dialogue.turn import Turn

RETRY_SECONDS = (0.05, 0.2, 0.5, 1.0)
"""Pauses before trying again where no worker listens; a turn carries its id, so trying twice has
one effect."""


class DialogueClient:
    """Sends turns to the worker; use it as an asynchronous context manager."""

    def __init__(self, socket: Path, *, timeout: float = 20.0, waiting: int = 400) -> None:
        """``timeout`` in seconds for one turn; at most ``waiting`` turns are under way at once."""
        self._socket = socket
        self._timeout = ClientTimeout(total=timeout)
        self._places = waiting
        self._session: ClientSession | None = None

    async def __aenter__(self) -> DialogueClient:
        """Open the connection pool."""
        self._session = ClientSession(
            connector=UnixConnector(str(self._socket), limit=0, keepalive_timeout=30),
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def answer(self, turn: Turn) -> Answered:
        """The replies to a turn.

        Raises:
            DialogueBusyError: too many turns are waiting.
            DialogueUnavailableError: no worker answers in time.

        """
        if self._places <= 0:
            raise DialogueBusyError
        self._places -= 1
        try:
            text = await self._request("POST", TURN, body=turn.to_json())
        finally:
            self._places += 1
        return Answered.from_json(json.loads(text))

    async def history(self, sender: str, after: int) -> Sequence[Answered]:
        """A sender's turns after ``after``; raises as ``answer`` does."""
        text = await self._request("GET", HISTORY, query={"sender": sender, "after": str(after)})
        return [Answered.from_json(data) for data in json.loads(text)]

    async def status(self) -> WorkerStatus:
        """How the worker is; raises as ``answer`` does."""
        return WorkerStatus.from_json(json.loads(await self._request("GET", STATUS)))

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        query: dict[str, str] | None = None,
    ) -> str:
        if self._session is None:
            raise RuntimeError("use the client as an asynchronous context manager")
        for pause in (*RETRY_SECONDS, None):
            try:
                async with self._session.request(
                    method, f"http://worker{path}", json=body, params=query
                ) as response:
                    if response.status != 200:
                        raise DialogueUnavailableError(f"worker answered {response.status}")
                    return await response.text()
            except TimeoutError as error:
                raise DialogueUnavailableError("no answer in time") from error
            except ClientError as error:
                if pause is None:
                    raise DialogueUnavailableError("no worker listens") from error
                await asyncio.sleep(pause)
        raise AssertionError("unreachable")
