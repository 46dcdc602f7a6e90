"""The state of the knowledge base, for those who keep it."""

from __future__ import annotations

from aiohttp import web

from bot.console.errors import PageError
from bot.console.keys import OFFICER
from bot.console.rendering import base_of, render
from bot.keys import KNOWLEDGE


async def knowledge_page(request: web.Request) -> web.Response:
    """What is in force since when, and why the newest files are not."""
    if not request[OFFICER].keeps_knowledge:
        raise PageError(403, "loi_khong_co_quyen")
    knowledge = request.app[KNOWLEDGE]
    return render(
        request,
        "knowledge.html",
        procedures=len(base_of(request).procedures),
        categories=len(base_of(request).categories),
        loaded_at=knowledge.state.loaded_at.replace(tzinfo=None),
        faults=[str(fault) for fault in knowledge.faults],
    )
