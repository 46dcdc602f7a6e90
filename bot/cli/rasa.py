"""``motcua rasa``: Rasa's own command line with our stand-ins and folders.

Rasa prints what it finds wrong with training data and ends with status 0 all the same; here a
``data validate`` that found anything ends with status 1.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.cli.session import open_knowledge, say
from store.settings import PROJECT, load_settings

WITHOUT_EXAMPLES = frozenset({"press", "share"})
"""Intents that no sentence leads to, only a button or a shared place or photo: they need no
examples."""

_OWN_WARNINGS = "rasa/shared/utils/io.py"
"""Where Rasa warns from when it finds fault with data."""


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
    _without_reporting()
    rest = _with_folders(_absolute(arguments.rest), settings.models)
    settings.var.mkdir(parents=True, exist_ok=True)
    os.chdir(settings.var)
    sys.argv = ["rasa", *rest]
    from rasa.__main__ import main as rasa_main

    with _noting_faults() as faults:
        rasa_main()
    if rest[:2] == ["data", "validate"] and faults:
        say(f"Có {len(faults)} lỗi trong dữ liệu huấn luyện: xem các dòng ở trên.")
        return 1
    return 0


class _NoSentry:
    """Stands for the log processor that would report to Rasa's makers."""

    def __init__(self, **_options: object) -> None:
        pass

    def __call__(self, _logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return event


def _without_reporting() -> None:
    """Let Rasa's command line set up its logging although the reporting package is absent."""
    import structlog_sentry  # type: ignore[import-not-found]  # a stand-in

    structlog_sentry.SentryProcessor = _NoSentry


@contextmanager
def _noting_faults() -> Iterator[list[str]]:
    """Collect what Rasa finds wrong; the libraries' warnings about themselves stay unseen."""
    faults: list[str] = []
    show = warnings.showwarning

    def note(message: Any, category: Any, filename: str, *more: Any) -> None:
        if Path(filename).as_posix().endswith(_OWN_WARNINGS) and not _is_harmless(str(message)):
            faults.append(str(message))
            show(message, category, filename, *more)

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            faults.append(record.getMessage())

    handler = Noting(logging.WARNING)
    logging.getLogger("rasa").addHandler(handler)
    warnings.showwarning = note  # type: ignore[assignment]
    try:
        yield faults
    finally:
        warnings.showwarning = show
        logging.getLogger("rasa").removeHandler(handler)


def _is_harmless(message: str) -> bool:
    return "not found in the NLU training data" in message and any(
        f"'{intent}'" in message for intent in WITHOUT_EXAMPLES
    )


def _absolute(rest: list[str]) -> list[str]:
    """The caller's paths, made independent of the current folder."""
    return [
        str(Path(part).absolute())
        if not part.startswith("-") and (before == "--out" or "/" in part or "." in part)
        else part
        for before, part in zip(["", *rest], rest, strict=False)
    ]


def _with_folders(rest: list[str], models: Path) -> list[str]:
    """The project's folders and files where the caller named none."""
    config, domain = str(PROJECT / "config.yml"), str(PROJECT / "domain.yml")
    if rest[:2] == ["test", "nlu"]:
        defaults = {"--nlu": str(PROJECT / "nlu" / "data"), "--config": config}
        defaults |= {"--domain": domain, "--model": str(models)}
    elif rest[:1] == ["train"] or rest[:2] == ["data", "validate"]:
        defaults = {"--data": str(PROJECT / "nlu"), "--config": config, "--domain": domain}
    else:
        return rest
    added = [part for name, value in defaults.items() if name not in rest for part in (name, value)]
    return [*rest, *added]
