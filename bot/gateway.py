"""The gateway: the one process that the internet meets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from actions import clock
from bot import api, health, pages
from bot.console import add_console
from bot.errors import errors_in_vietnamese
from bot.keys import (
    ADDRESS_LIMIT,
    DESK,
    DIALOGUE,
    ENGINE,
    KNOWLEDGE,
    SENDER_LIMIT,
    SETTINGS,
)
from bot.limits import RateLimiter
from bot.notices import Dispatcher
from bot.open311 import add_open311
from bot.pages.public_reports import add_public_reports
from bot.uploads import add_uploads
from dialogue.client import DialogueClient
from knowledge.live import LiveKnowledge
from reports.desk import Desk
from store.database import make_engine, metadata
from store.outbox import Outbox
from store.settings import Settings
from store.turns import TurnLog

log = logging.getLogger(__name__)

SECURITY_HEADERS = {
    "Server": "motcua",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), microphone=(self), camera=(self)",
}


def make_gateway(settings: Settings, knowledge: LiveKnowledge) -> web.Application:
    """The web application, not yet started."""
    application = web.Application(
        middlewares=[security_headers, errors_in_vietnamese], client_max_size=api.MAX_BODY
    )
    clock.set_timezone(settings.timezone)
    application[SETTINGS] = settings
    application[KNOWLEDGE] = knowledge
    engine = make_engine(settings.database)
    metadata.create_all(engine)
    application[ENGINE] = engine
    application[DESK] = Desk(engine)
    application[SENDER_LIMIT] = RateLimiter(settings.turns_per_second, settings.turns_burst)
    application[ADDRESS_LIMIT] = RateLimiter(
        settings.address_turns_per_second, int(settings.address_turns_per_second * 2)
    )
    application.cleanup_ctx.append(_dialogue)
    application.cleanup_ctx.append(_dispatcher)
    application.router.add_post("/api/v1/messages", api.post_message)
    application.router.add_get("/api/v1/messages", api.get_messages)
    application.router.add_get("/healthz", health.healthz)
    pages.add_pages(application)
    add_console(application)
    add_uploads(application)
    add_open311(application)
    add_public_reports(application)
    return application


@web.middleware
async def security_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers that every answer carries."""
    response = await handler(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _dialogue(application: web.Application) -> AsyncIterator[None]:
    settings = application[SETTINGS]
    async with DialogueClient(
        settings.worker_socket,
        timeout=settings.turn_timeout,
        waiting=settings.max_waiting_turns,
    ) as client:
        application[DIALOGUE] = client
        yield


async def _dispatcher(application: web.Application) -> AsyncIterator[None]:
    engine = application[ENGINE]
    dispatcher = Dispatcher(Outbox(engine), TurnLog(engine), application[KNOWLEDGE])
    task = asyncio.create_task(dispatcher.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
