"""``motcua rasa``: Rasa's own command line with our stand-ins and folders."""

from __future__ import annotations

import argparse
import os
import sys

from bot.cli.session import open_knowledge
from store.settings import PROJECT, load_settings


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "rasa", help="chạy dòng lệnh của Rasa, ví dụ: motcua rasa data validate", add_help=False
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> int:
    """Run Rasa in this process, below the variable folder, so that it litters nowhere else."""
    settings = load_settings()
    open_knowledge(settings)
    from nlu import stand_ins

    stand_ins.install()
    settings.var.mkdir(parents=True, exist_ok=True)
    os.chdir(settings.var)
    sys.argv = ["rasa", *_with_folders(arguments.rest)]
    from rasa.__main__ import main as rasa_main

    rasa_main()
    return 0


def _with_folders(rest: list[str]) -> list[str]:
    """The project's folders and files where the caller named none."""
    if rest[:1] == ["test"]:
        defaults = {"--nlu": str(PROJECT / "nlu" / "data"), "--config": str(PROJECT / "config.yml")}
        defaults |= {"--domain": str(PROJECT / "domain.yml")}
    elif rest[:1] == ["train"] or rest[:2] == ["data", "validate"]:
        defaults = {"--data": str(PROJECT / "nlu"), "--config": str(PROJECT / "config.yml")}
        defaults |= {"--domain": str(PROJECT / "domain.yml")}
    else:
        return rest
    added = [part for name, value in defaults.items() if name not in rest for part in (name, value)]
    return [*rest, *added]
