"""``/healthz``: whether a citizen's question would be answered now."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from bot.keys import DIALOGUE
from bot.responses import json_response
from dialogue.errors import DialogueError


async def healthz(request: web.Request) -> web.Response:
    """200 only when a real question was answered since the last model load."""
    try:
        status = await request.app[DIALOGUE].status()
    except DialogueError:
        return json_response({"ok": False, "worker": None}, status=503)
    body = {"ok": status.ready, "worker": asdict(status)}
    return json_response(body, status=200 if status.ready else 503)
