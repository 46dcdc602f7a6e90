"""Shared fixtures: the shipped knowledge, a trained model, a dialogue, a running service."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge import live
from knowledge.base import KnowledgeBase
from knowledge.loader import SHIPPED, load_knowledge
from store.logs import configure_logging
from store.settings import PROJECT
from tests.processes import Running, start

os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> None:
    configure_logging("WARNING")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with outside data (facts, places, speech)."""
    folder = os.environ.get("MOTCUA_TEST_DATA")
    if not folder:
        pytest.skip("MOTCUA_TEST_DATA is not set: no outside data to compare with")
    return Path(folder)


@pytest.fixture(scope="session")
def shipped() -> KnowledgeBase:
    """The knowledge that ships with the product."""
    return load_knowledge()


@pytest.fixture(scope="session")
def live_knowledge() -> live.LiveKnowledge:
    """The shipped knowledge, live in this process."""
    knowledge = live.LiveKnowledge(SHIPPED, "son_la")
    live.install(knowledge)
    return knowledge


@pytest.fixture(scope="session")
def models(live_knowledge: live.LiveKnowledge) -> Path:
    """A folder with a model that fits the current data."""
    from dialogue import training

    folder = PROJECT / "var" / "models"
    if training.fitting_model(folder) is None:
        training.train(folder)
    return folder


@pytest.fixture(scope="session")
def running(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service shared by the tests that only talk to it."""
    service = start(tmp_path_factory.mktemp("service"), models)
    yield service
    service.stop()


@pytest.fixture
def knowledge_copy(tmp_path: Path) -> Path:
    """A copy of the shipped knowledge that a test may change."""
    folder = tmp_path / "knowledge"
    shutil.copytree(
        SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "linking", "text")
    )
    return folder
