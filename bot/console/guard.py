"""The guard at the door: who has a session, and whether a form was made for it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.console.errors import PageError
from bot.console.keys import OFFICER, USERS
from bot.console.officer import Officer
from bot.keys import SETTINGS

LOGIN_PATH = "/canbo/dang-nhap"
OPEN_TO_ALL = (LOGIN_PATH, "/canbo/static/")
SESSION_COOKIE = "motcua_canbo"
VISIT_COOKIE = "motcua_canbo_vao"
"""Before log-in: what the log-in form is tied to."""


@web.middleware
async def signed_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who has a session, and forms that were made for it; others go to the log-in page."""
    if request.path.startswith(OPEN_TO_ALL) or request.match_info.http_exception is not None:
        return await handler(request)
    token = request.cookies.get(SESSION_COOKIE, "")
    user = await asyncio.to_thread(request.app[USERS].of_session, token) if token else None
    if user is None:
        back = quote(request.path_qs, safe="") if request.method in ("GET", "HEAD") else ""
        return see_other(f"{LOGIN_PATH}?tiep={back}")
    officer = Officer(user, form_key(token))
    request[OFFICER] = officer
    if request.method not in ("GET", "HEAD"):
        check_form(await form_fields(request), officer.csrf)
    return await handler(request)


def form_key(token: str) -> str:
    """What forms tied to this token must bring along; doesn't give the token away."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def check_form(fields: Mapping[str, str], expected: str) -> None:
    """Refuse a form that was not made by us for this session.

    Raises:
        PageError: 403.

    """
    if not hmac.compare_digest(fields.get("csrf", "").encode(), expected.encode()):
        raise PageError(403, "loi_bieu_mau")


async def form_fields(request: web.Request) -> dict[str, str]:
    """A form's text fields: Unicode NFC, lines ended by one character, nothing unprintable.

    Raises:
        PageError: 400 where there is no readable form.

    """
    try:
        form = await request.post()
    except web.HTTPException:
        raise
    except (ValueError, LookupError, web.RequestPayloadError) as error:
        raise PageError(400, "loi_bieu_mau") from error
    return {name: _clean(value) for name, value in form.items() if isinstance(value, str)}


def set_cookie(request: web.Request, response: web.Response, name: str, value: str) -> None:
    """A cookie that scripts can't read and other sites' forms don't bring along."""
    proxied = request.app[SETTINGS].trusted_proxy
    https = proxied and request.headers.get("X-Forwarded-Proto", "").lower() == "https"
    response.set_cookie(
        name,
        value,
        path="/canbo",
        httponly=True,
        samesite="Lax",
        secure=https or request.scheme == "https",
    )


def see_other(path: str) -> web.Response:
    """Go there with a GET."""
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def officer_of(request: web.Request) -> Officer:
    """Who asks, where the page is about reports.

    Raises:
        PageError: 403 for those whose work reports are not.

    """
    officer = request[OFFICER]
    if not officer.handles_reports:
        raise PageError(403, "loi_khong_co_quyen")
    return officer


def _clean(text: str) -> str:
    text = text.encode("utf-8", "ignore").decode("utf-8").replace("\r\n", "\n")
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    return unicodedata.normalize("NFC", "".join(kept))
