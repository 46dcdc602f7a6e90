"""``motcua worker``: the private dialogue process (started by ``motcua run``)."""

from __future__ import annotations

import argparse
import asyncio
import warnings
from pathlib import Path

from bot.parent import end_with_parent
from store.logs import configure_logging
from store.settings import load_settings


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("worker", help="tiến trình hội thoại (motcua run tự gọi)")
    parser.add_argument("--model", type=Path, required=True, help="tệp mô hình")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> int:
    """Run the command."""
    end_with_parent()
    settings = load_settings()
    warnings.filterwarnings("ignore")
    configure_logging(settings.log_level)
    from dialogue.worker import Worker

    worker = Worker(settings, arguments.model)
    asyncio.run(worker.run(settings.worker_socket))
    return 0
