"""Rendering: the templates, what every page knows, and how times and places are filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.console.keys import ASSET_VERSION, OFFICER
from bot.keys import KNOWLEDGE, SETTINGS
from knowledge.base import KnowledgeBase
from knowledge.prompts import Prompts
from reports.codes import grouped

PREFIX = "canbo_"
"""Prompts of this prefix are the console's own words."""
_WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


def set_up_templates(console: web.Application, folder: Path) -> None:
    """Make the console's templates known; a word that is missing is an error, not a gap."""
    zone = ZoneInfo(console[SETTINGS].timezone)

    def moment(at: datetime) -> str:
        """``16:30 T6 24/07/2026``, local time."""
        here = at.replace(tzinfo=UTC).astimezone(zone)
        return f"{here:%H:%M} {_WEEKDAYS[here.weekday()]} {here:%d/%m/%Y}"

    def machine(at: datetime) -> str:
        return at.replace(tzinfo=UTC).isoformat(timespec="seconds")

    filters: dict[str, Callable[..., str]] = {
        "fill": fill,
        "moment": moment,
        "machine": machine,
        "grouped": grouped,
    }
    aiohttp_jinja2.setup(
        console,
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        enable_async=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        filters=filters,
    )


def fill(text: str, **values: object) -> str:
    """A text with its places filled in."""
    return re.sub(r"\{([a-z_]+)\}", lambda match: str(values[match[1]]), text)


def texts(prompts: Prompts) -> Mapping[str, str]:
    """The console's words by key."""
    return {
        name.removeprefix(PREFIX): prompt.text
        for name, prompt in prompts.by_name.items()
        if name.startswith(PREFIX)
    }


def base_of(request: web.Request) -> KnowledgeBase:
    """The knowledge in force."""
    return request.app[KNOWLEDGE].state.base


def render(
    request: web.Request, template: str, *, status: int = 200, **values: Any
) -> web.Response:
    """A page; never kept by caches, since it is one officer's."""
    base = base_of(request)
    context = {
        "t": texts(base.prompts),
        "officer": request.get(OFFICER),
        "path": request.path,
        "locality": base.locality.name,
        "asset_version": request.app[ASSET_VERSION],
        **values,
    }
    response = aiohttp_jinja2.render_template(template, request, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.enable_compression()
    return response
