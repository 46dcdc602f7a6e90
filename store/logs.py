"""Logging: one line an event to standard error; never what a citizen wrote."""

from __future__ import annotations

import logging
import sys

import structlog

QUIET = (
    "rasa",
    "rasa_sdk",
    "matplotlib",
    "apscheduler",
    "sanic",
    "httpx",
    "aiohttp.access",
    "watchfiles",
)
"""Libraries that speak only from warnings up: at lower levels some of them log messages' text,
or addresses that hold a token."""


def configure_logging(level: str = "INFO") -> None:
    """Set up logging for a process of ours."""
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
