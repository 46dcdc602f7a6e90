"""``motcua run``: start everything and stay in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

from aiohttp import web

from bot.cli.session import ready_model, say
from bot.gateway import make_gateway
from bot.supervisor import ChildProcess
from dialogue import training
from dialogue.client import DialogueClient
from dialogue.errors import DialogueError, ModelError
from knowledge import live
from store.logs import configure_logging
from store.settings import Settings, load_settings

log = logging.getLogger(__name__)

START_SECONDS = 120


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("run", help="khởi động trợ lý (Ctrl+C để dừng)")
    parser.set_defaults(call=call)


def call(_arguments: argparse.Namespace) -> int:
    """Run the command."""
    signal.signal(signal.SIGTERM, _leave)
    settings = load_settings()
    warnings.filterwarnings("ignore")
    configure_logging(settings.log_level)
    settings.var.mkdir(parents=True, exist_ok=True)
    say("Đang kiểm tra tri thức…")
    linking = training.fitting_model(settings.models) is None
    knowledge = live.LiveKnowledge(
        settings.knowledge,
        settings.locality,
        linking=linking,
        last_good=settings.last_good_knowledge,
    )
    say(f"Tri thức: {len(knowledge.state.base.procedures)} thủ tục.")
    live.install(knowledge)
    if linking:
        _train_apart(settings)
    return asyncio.run(_serve(settings, knowledge, ready_model(settings)))


def _leave(number: int, _frame: object) -> None:
    """End while still starting; a child that trains is ended with us."""
    sys.exit(128 + number)


def _train_apart(settings: Settings) -> None:
    """Train in a process of its own: the gateway stays small."""
    say("Chưa có mô hình khớp dữ liệu, đang huấn luyện (khoảng nửa phút)…")
    command = [sys.executable, "-W", "ignore", "-m", "bot", "train"]
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - our own command
        raise ModelError("Không huấn luyện được mô hình: xem lỗi ở trên.")


async def _serve(settings: Settings, knowledge: live.LiveKnowledge, model: Path) -> int:
    worker = ChildProcess("hội thoại", ["-m", "bot", "worker", "--model", str(model)])
    settings.worker_socket.unlink(missing_ok=True)
    say("Đang khởi động bộ hội thoại…")
    worker.start()
    knowledge.watch()
    runner = web.AppRunner(make_gateway(settings, knowledge), access_log=None)
    await runner.setup()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            say(f"Lỗi: không mở được cổng {settings.port} ({error.strerror}).")
            return 1
        port = runner.addresses[0][1]
        announce = asyncio.create_task(_announce(settings, port))
        await ended.wait()
        announce.cancel()
        say("Đang dừng…")
    finally:
        await runner.cleanup()
        await worker.stop()
        knowledge.close()
    return 0


async def _announce(settings: Settings, port: int) -> None:
    """Say where to go as soon as a real question was answered."""
    started = time.monotonic()
    async with DialogueClient(settings.worker_socket) as client:
        while time.monotonic() - started < START_SECONDS:
            try:
                if (await client.status()).ready:
                    everywhere = settings.host in ("127.0.0.1", "0.0.0.0")  # noqa: S104
                    host = "localhost" if everywhere else settings.host
                    say(f"Một Cửa sẵn sàng: http://{host}:{port}  (Ctrl+C để dừng)")
                    return
            except DialogueError:
                await asyncio.sleep(0.2)
    say("Bộ hội thoại chưa trả lời: xem lỗi ở trên.")
