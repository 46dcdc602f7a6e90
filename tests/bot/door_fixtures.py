"""Fixtures of the doors that need no dialogue.

A test module takes them by ``pytest_plugins = ["tests.bot.door_fixtures"]``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from knowledge.live import LiveKnowledge
from knowledge.loader import SHIPPED
from tests.bot.doors import Door, open_door


@pytest.fixture(scope="session")
def shipped_live() -> LiveKnowledge:
    """The shipped knowledge without the linker, which these doors don't need."""
    return LiveKnowledge(SHIPPED, "son_la", linking=False)


@pytest_asyncio.fixture
async def door(tmp_path: Path, shipped_live: LiveKnowledge) -> AsyncIterator[Door]:
    """A gateway of its own for a test."""
    async with open_door(tmp_path, shipped_live) as opened:
        yield opened
