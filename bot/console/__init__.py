"""The officers' console under ``/canbo``: pages rendered on the server, without script."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from bot.console import (
    actions,
    detail,
    errors,
    export,
    guard,
    inbox,
    knowledge_page,
    login,
    photos,
    search,
)
from bot.console.keys import ASSET_VERSION, HASHING, THROTTLE, USERS
from bot.console.rendering import set_up_templates
from bot.console.throttle import Throttle
from bot.keys import DESK, ENGINE, KNOWLEDGE, SETTINGS
from store.users import Users

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
PREFIX = "/canbo"


def add_console(application: web.Application) -> None:
    """Add the console to the gateway.

    It is an application of its own inside the gateway's, with its own templates and error pages;
    every page needs a session but those that ``guard.OPEN_TO_ALL`` lists.
    """
    console = web.Application(middlewares=[errors.errors_as_pages, guard.signed_in])
    console[SETTINGS] = application[SETTINGS]
    console[KNOWLEDGE] = application[KNOWLEDGE]
    console[ENGINE] = application[ENGINE]
    console[DESK] = application[DESK]
    console[USERS] = Users(application[ENGINE])
    console[THROTTLE] = Throttle()
    console[HASHING] = asyncio.Semaphore(2)
    console[ASSET_VERSION] = hashlib.sha256(
        (FOLDER / "static" / "console.css").read_bytes()
    ).hexdigest()[:10]
    set_up_templates(console, FOLDER / "templates")
    _add_routes(console)
    console.cleanup_ctx.append(_searchable)
    application.add_subapp(PREFIX, console)


def _add_routes(console: web.Application) -> None:
    router = console.router
    router.add_get("", inbox.inbox_page)
    router.add_get("/", inbox.inbox_page)
    router.add_get("/dang-nhap", login.login_page)
    router.add_post("/dang-nhap", login.log_in)
    router.add_post("/dang-xuat", login.log_out)
    router.add_get("/phan-anh/{code}", detail.detail_page)
    router.add_post("/phan-anh/{code}/mau", actions.insert_template)
    router.add_post("/phan-anh/{code}/{action}", actions.act)
    router.add_get("/xuat.csv", export.csv_file)
    router.add_get("/anh/{id}", photos.photo)
    router.add_get("/tri-thuc", knowledge_page.knowledge_page)
    router.add_static("/static", FOLDER / "static")
    console.on_response_prepare.append(_cache_assets)


async def _searchable(console: web.Application) -> AsyncIterator[None]:
    """Make earlier reports searchable, beside the work."""
    task = asyncio.create_task(asyncio.to_thread(search.keep_up, console[ENGINE]))
    yield
    (fault,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(fault, Exception):
        log.warning("Chưa lập được chỉ mục tìm phản ánh: %s", type(fault).__name__)


async def _cache_assets(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith(f"{PREFIX}/static/") and response.status < 400:
        response.headers["Cache-Control"] = "public, max-age=86400"
