"""What the console's handlers share, kept under typed keys."""

from __future__ import annotations

import asyncio
from typing import Protocol

from aiohttp import web

from bot.console.officer import Officer
from bot.console.throttle import Throttle
from store.users import Users


class PhotoStore(Protocol):
    """Where photos are kept; the store of uploads is one."""

    def open(self, photo_id: str) -> bytes | None:
        """The photo as JPEG; None where there is none of this id."""


USERS = web.AppKey("users", Users)
THROTTLE = web.AppKey("throttle", Throttle)
HASHING = web.AppKey("hashing", asyncio.Semaphore)
"""Passwords compared at the same time: each takes a core and 19 MiB for a moment."""
ASSET_VERSION = web.AppKey("console_asset_version", str)
PHOTOS: web.AppKey[PhotoStore] = web.AppKey("photos")
"""Set by the gateway before ``add_console``, or found by it; pages show a stand-in without it."""

OFFICER = web.RequestKey("officer", Officer)
"""Who asks; there on every page but those open to all."""
