"""Logging in and out."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import secrets

from aiohttp import web

from bot.api import client_address
from bot.console.guard import (
    SESSION_COOKIE,
    VISIT_COOKIE,
    check_form,
    form_fields,
    form_key,
    see_other,
    set_cookie,
)
from bot.console.keys import HASHING, OFFICER, THROTTLE, USERS
from bot.console.rendering import render

log = logging.getLogger(__name__)


async def login_page(request: web.Request) -> web.Response:
    """The log-in form."""
    return _form(request)


async def log_in(request: web.Request) -> web.Response:
    """Open a session for who knows a password."""
    fields = await form_fields(request)
    check_form(fields, form_key(request.cookies.get(VISIT_COOKIE) or secrets.token_hex()))
    login = fields.get("ten", "").strip().lower()[:40]
    keys = [f"login:{login}"]
    address = client_address(request)
    if not _is_local(address):
        keys.append(f"address:{address}")
    throttle, users = request.app[THROTTLE], request.app[USERS]
    wait = throttle.begin(*keys)
    if wait:
        return _form(request, status=429, login=login, wait=math.ceil(wait))
    async with request.app[HASHING]:
        user = await asyncio.to_thread(users.check, login, fields.get("mat_khau", ""))
    if user is None:
        log.warning("Đăng nhập trang cán bộ không đúng (từ %s)", address)
        return _form(request, status=401, login=login, wrong=True)
    throttle.succeeded(*keys)
    earlier = request.cookies.get(SESSION_COOKIE)
    if earlier:
        await asyncio.to_thread(users.close_session, earlier)
    token = await asyncio.to_thread(users.open_session, user)
    response = see_other(_own_page(fields.get("tiep", "")))
    set_cookie(request, response, SESSION_COOKIE, token)
    response.del_cookie(VISIT_COOKIE, path="/canbo")
    return response


async def log_out(request: web.Request) -> web.Response:
    """End the session."""
    token = request.cookies.get(SESSION_COOKIE, "")
    await asyncio.to_thread(request.app[USERS].close_session, token)
    log.info("Cán bộ số %d đăng xuất", request[OFFICER].user.id)
    response = see_other("/canbo/dang-nhap?ra=1")
    response.del_cookie(SESSION_COOKIE, path="/canbo")
    return response


def _form(
    request: web.Request,
    *,
    status: int = 200,
    login: str = "",
    wrong: bool = False,
    wait: int = 0,
) -> web.Response:
    visit = request.cookies.get(VISIT_COOKIE) or secrets.token_urlsafe(24)
    response = render(
        request,
        "login.html",
        status=status,
        csrf=form_key(visit),
        login=login,
        wrong=wrong,
        wait=wait,
        left="ra" in request.query,
        onward=_own_page(request.query.get("tiep", "")),
    )
    set_cookie(request, response, VISIT_COOKIE, visit)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _own_page(path: str) -> str:
    """Where to go after log-in: a page of ours and nowhere else."""
    good = path.startswith(("/canbo/", "/canbo?")) and path.isprintable() and "\\" not in path
    return path if good and not path.startswith("/canbo/dang-") else "/canbo"


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
