"""What the gateway's handlers share, kept in the application under typed keys."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.engine import Engine

from bot.limits import RateLimiter
from dialogue.client import DialogueClient
from knowledge.live import LiveKnowledge
from reports.desk import Desk
from store.settings import Settings
from store.uploads import Uploads

SETTINGS = web.AppKey("settings", Settings)
KNOWLEDGE = web.AppKey("knowledge", LiveKnowledge)
DIALOGUE = web.AppKey("dialogue", DialogueClient)
ENGINE = web.AppKey("engine", Engine)
DESK = web.AppKey("desk", Desk)
UPLOADS = web.AppKey("uploads", Uploads)
SENDER_LIMIT = web.AppKey("sender_limit", RateLimiter)
ADDRESS_LIMIT = web.AppKey("address_limit", RateLimiter)
