"""What the console's handlers share, kept under typed keys."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.console.officer import Officer
from bot.console.throttle import Throttle
from store.users import Users

USERS = web.AppKey("users", Users)
THROTTLE = web.AppKey("throttle", Throttle)
HASHING = web.AppKey("hashing", asyncio.Semaphore)
"""Passwords compared at the same time: each takes a core and 19 MiB for a moment."""
ASSET_VERSION = web.AppKey("console_asset_version", str)
OFFICER = web.RequestKey("officer", Officer)
"""Who asks; there on every page but those open to all."""
