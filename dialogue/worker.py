"""The worker: a private process that hosts the dialogue behind a Unix socket."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from actions import clock, runtime
from dialogue.conversations import ConversationStore
from dialogue.host import DialogueHost
from dialogue.messages import HISTORY, STATUS, TURN, WorkerStatus
from dialogue.service import DialogueService
from dialogue.turn import Turn
from knowledge import live
from store.database import make_engine, metadata
from store.settings import Settings
from store.turns import TurnLog

log = logging.getLogger(__name__)

HOUR = 3600


class Worker:
    """One loaded model with its live knowledge, serving turns."""

    def __init__(self, settings: Settings, model: Path) -> None:
        self._settings = settings
        self._model = model
        self._knowledge = live.LiveKnowledge(
            settings.knowledge, settings.locality, last_good=settings.last_good_knowledge
        )
        live.install(self._knowledge)
        clock.set_timezone(settings.timezone)
        engine = make_engine(settings.database)
        metadata.create_all(engine)
        runtime.install(engine)
        talk = make_engine(settings.database, power_safe=False)
        self._conversations = ConversationStore(talk)
        self._host = DialogueHost.load(model, self._conversations)
        self._service = DialogueService(self._host, TurnLog(talk))
        self._ready = False

    async def run(self, socket: Path) -> None:
        """Serve until SIGTERM or SIGINT; raises ``ModelError`` where the smoke questions fail."""
        await self._host.smoke()
        self._ready = True
        self._knowledge.watch()
        runner = web.AppRunner(self._application(), access_log=None)
        await runner.setup()
        socket.parent.mkdir(parents=True, exist_ok=True)
        fresh = socket.with_suffix(f".{os.getpid()}")
        await web.UnixSite(runner, str(fresh)).start()
        fresh.chmod(0o600)
        fresh.replace(socket)  # the new worker takes over at once, the old one finishes its turns
        log.info("Bộ hội thoại sẵn sàng: %s.", self._model.name)
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        housekeeping = asyncio.create_task(self._housekeeping())
        await ended.wait()
        housekeeping.cancel()
        await runner.cleanup()
        self._knowledge.close()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=1_000_000)
        application.router.add_post(TURN, self._turn)
        application.router.add_get(HISTORY, self._history)
        application.router.add_get(STATUS, self._status)
        return application

    async def _turn(self, request: web.Request) -> web.Response:
        turn = Turn.from_json(await request.json())
        return web.json_response((await self._service.answer(turn)).to_json())

    async def _history(self, request: web.Request) -> web.Response:
        found = await self._service.history(request.query["sender"], int(request.query["after"]))
        return web.json_response([answered.to_json() for answered in found])

    async def _status(self, _request: web.Request) -> web.Response:
        state = live.current()
        status = WorkerStatus(
            ready=self._ready,
            model=self._model.name,
            knowledge=state.base.checksum,
            procedures=len(state.base.procedures),
            loaded_at=state.loaded_at.isoformat(),
            faults=tuple(map(str, self._knowledge.faults)),
            turns=self._service.turns,
        )
        return web.json_response(status.to_json())

    async def _housekeeping(self) -> None:
        while True:
            try:
                keep = timedelta(days=self._settings.keep_turns_days)
                await self._service.forget_old(keep)
                await asyncio.to_thread(self._conversations.purge, keep)
            except Exception:  # the next hour tries again
                log.exception("Không dọn được dữ liệu cũ")
            await asyncio.sleep(HOUR)
