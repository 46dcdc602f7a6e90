"""Pages rendered on the server: the web chat."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.api import check_limits, parse_message, to_turn
from bot.errors import RequestError
from bot.keys import DIALOGUE, KNOWLEDGE
from knowledge.prompts import Prompts

FOLDER = Path(__file__).parent
PAGE_PREFIX = "trang_"
"""Prompts of this prefix are the chat page's own words."""


def add_pages(application: web.Application) -> None:
    """Add the web chat and its assets to the gateway."""
    aiohttp_jinja2.setup(
        application,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        enable_async=False,
    )
    application[ASSET_VERSION] = _asset_version()
    application.router.add_get("/", chat_page)
    application.router.add_post("/chat", chat_without_script)
    application.router.add_static("/static", FOLDER / "static", append_version=False)
    application.on_response_prepare.append(_cache_assets)


ASSET_VERSION = web.AppKey("asset_version", str)


async def chat_page(request: web.Request) -> web.Response:
    """The web chat; its script takes over where there is one."""
    return _render(request, sender=uuid.uuid4().hex, exchange=[])


async def chat_without_script(request: web.Request) -> web.Response:
    """The web chat for browsers without script: one question, one page."""
    try:
        form = await request.post()
    except (ValueError, LookupError, web.RequestPayloadError) as error:
        raise RequestError(400, "tin_sai_dang", chi_tiet="form") from error
    sender = str(form.get("sender") or uuid.uuid4().hex)[:128]
    fields = {name: value for name, value in form.items() if isinstance(value, str) and value}
    message = parse_message(
        {"sender": sender, "text": fields.get("text", ""), "payload": fields.get("payload")}
    )
    check_limits(request, message.sender)
    answered = await request.app[DIALOGUE].answer(to_turn(message))
    exchange = [{"said": message.text, "replies": [reply.to_json() for reply in answered.replies]}]
    return _render(request, sender=sender, exchange=exchange)


def _render(request: web.Request, **values: Any) -> web.Response:
    base = request.app[KNOWLEDGE].state.base
    response = aiohttp_jinja2.render_template(
        "chat.html",
        request,
        {
            "title": "Một Cửa",
            "locality": base.locality.name,
            "greeting": base.prompts.text("chao", dia_phuong=base.locality.name),
            "examples": [button.says for button in base.prompts.buttons("trang_vi_du")],
            "texts": page_texts(base.prompts),
            "asset_version": request.app[ASSET_VERSION],
            **values,
        },
    )
    response.headers["Cache-Control"] = "no-store"
    response.enable_compression()
    return response


def page_texts(prompts: Prompts) -> Mapping[str, str]:
    """The page's own words by key."""
    return {
        name.removeprefix(PAGE_PREFIX): prompt.text
        for name, prompt in prompts.by_name.items()
        if name.startswith(PAGE_PREFIX)
    }


def _asset_version() -> str:
    digest = hashlib.sha256()
    for path in sorted((FOLDER / "static").rglob("*")):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


async def _cache_assets(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/static/") and response.status < 400:
        response.headers["Cache-Control"] = "public, max-age=86400"
