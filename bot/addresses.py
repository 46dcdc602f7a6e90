"""Who is asking: limits by network address, and our own address as the asker sees it."""

from __future__ import annotations

import ipaddress
import re

from aiohttp import web

from bot.api import client_address
from bot.errors import RequestError
from bot.keys import ADDRESS_LIMIT, SETTINGS

_HOST = re.compile(r"[A-Za-z0-9.\-]+(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?")


def limit_address(request: web.Request) -> None:
    """Refuse an address that asks too much.

    Raises:
        RequestError: 429, with the time to wait.

    """
    address = client_address(request)
    wait = 0.0 if _is_local(address) else request.app[ADDRESS_LIMIT].wait(address)
    if wait:
        raise RequestError(429, "qua_nhieu_tin", retry_after=wait, so=max(1, round(wait)))


def origin(request: web.Request) -> str:
    """Our scheme and host; empty where the request names none that can be one."""
    scheme = request.scheme
    if request.app[SETTINGS].trusted_proxy:
        forwarded = request.headers.get("X-Forwarded-Proto", "").strip().lower()
        scheme = forwarded if forwarded in ("http", "https") else scheme
    return f"{scheme}://{request.host}" if _HOST.fullmatch(request.host) else ""


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
