"""A gateway in this process over a fresh database: for doors that need no dialogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp.test_utils import TestClient, TestServer

from bot.gateway import make_gateway
from bot.keys import DESK, KNOWLEDGE
from knowledge.live import LiveKnowledge
from reports.desk import Desk
from reports.model import Draft, Report
from store.settings import Settings

KEY = "khoa-thu-nghiem-cua-he-thong-khac"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime.now(ZONE)


class Door:
    """A client with what stands behind the gateway."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client
        self.app = client.app

    @property
    def desk(self) -> Desk:
        return self.app[DESK]

    def report(self, number: int = 1, *, released: bool = True, **changes: Any) -> Report:
        """A stored report."""
        values: dict[str, Any] = {
            "key": f"test-{number}-{changes.get('at', '')}",
            "sender": "web:nguoi-gui",
            "channel": "web",
            "category": "rac_thai",
            "description": f"Rác chất đống số {number}",
            "address": "đường Chu Văn Thịnh",
            "area": "phuongtohieu",
            "lat": 21.32871,
            "lon": 103.91413,
            "phone": "0912345678",
        }
        at = changes.pop("at", NOW)
        draft = Draft(**{**values, **changes})
        stored = self.desk.receive(draft, self.app[KNOWLEDGE].state.base, at)
        return self.desk.release(stored.code, "Cán bộ Lò Thị Hoa", True) if released else stored


@asynccontextmanager
async def open_door(folder: Path, knowledge: LiveKnowledge, **settings: Any) -> AsyncIterator[Door]:
    """A gateway that listens; nothing of the machine's own settings is used."""
    values = {"var": folder, "open311_keys": f"mot-khoa-khac-dai-hon, {KEY}", **settings}
    application = make_gateway(Settings(_env_file=None, **values), knowledge)
    async with TestClient(TestServer(application)) as client:
        yield Door(client)


def parsed(text: str) -> datetime:
    """A moment as the outside writes it; fails where it has no zone."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment.astimezone(UTC)
