"""The supervisor: runs the worker beside the gateway and starts it again when it dies."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence

from bot.parent import PARENT

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
HEALTHY_SECONDS = 30.0
"""A process that lived this long starts again at once when it dies."""
GRACE_SECONDS = 8.0


class ChildProcess:
    """One process of ours, kept running until ``stop``."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self.name = name
        self._arguments = [sys.executable, "-W", "ignore", *arguments]
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Start it, and again each time it ends."""
        self._task = asyncio.create_task(self._keep_running(), name=f"keep-{self.name}")

    async def stop(self) -> None:
        """End it: politely, then by force after GRACE_SECONDS."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
            except TimeoutError:
                process.kill()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping:
            started = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                env={
                    **os.environ,
                    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
                    PARENT: str(os.getpid()),
                },
            )
            code = await self._process.wait()
            if self._stopping:
                return
            lived = time.monotonic() - started
            pause = FIRST_PAUSE if lived > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            log.error("Tiến trình %s dừng (mã %s), chạy lại sau %.1f giây.", self.name, code, pause)
            await asyncio.sleep(pause)
