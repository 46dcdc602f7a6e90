"""``motcua``: the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from bot.cli import ask, evaluate, knowledge_base, rasa, run, train, user, worker
from bot.evaluation import EvaluationError
from dialogue.errors import DialogueError
from knowledge.faults import KnowledgeError
from store.settings import SettingsError
from store.users import UserError

COMMANDS = (run, ask, evaluate, train, knowledge_base, user, rasa, worker)
"""Each module adds one command: ``add(subparsers)`` and a function that runs it."""


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line in Vietnamese."""

    def error(self, message: str) -> NoReturn:
        """Say that the command can't be understood, and end."""
        self.exit(2, f"Lỗi: không hiểu lệnh ({message}). Xem cách dùng: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    parser = _Parser(
        prog="motcua", description="Một Cửa: trợ lý trả lời người dân về thủ tục hành chính."
    )
    subparsers = parser.add_subparsers(title="lệnh", metavar="LỆNH", required=True)
    for command in COMMANDS:
        command.add(subparsers)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.call(chosen))
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        print(f"Có {len(error.faults)} lỗi trong tri thức.", file=sys.stderr)
        return 1
    except (SettingsError, DialogueError, EvaluationError, UserError) as error:
        print(f"Lỗi: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def entry() -> None:
    """The console script."""
    sys.exit(main())
