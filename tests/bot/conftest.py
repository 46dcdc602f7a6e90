"""Fixtures of the front door's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation import read_cases
from knowledge.loader import SHIPPED
from store.settings import PROJECT
from tests.processes import Running, start


@pytest.fixture(scope="session")
def own_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped knowledge that ``own`` serves; who changes it puts it back."""
    folder = tmp_path_factory.mktemp("own") / "knowledge"
    unneeded = shutil.ignore_patterns("*.py", "__pycache__", "linking", "text")
    shutil.copytree(SHIPPED, folder, ignore=unneeded)
    return folder


@pytest.fixture(scope="session")
def own(
    models: Path, own_knowledge: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A service for tests that change its knowledge and kill its processes.

    Those in test_health.py come first; the last one in test_restart.py ends it.
    """
    environment = {"MOTCUA_KNOWLEDGE": str(own_knowledge)}
    service = start(tmp_path_factory.mktemp("own_service"), models, environment)
    yield service
    if service.process.poll() is None:
        service.stop()


@pytest.fixture(scope="session")
def ambiguous(running: Running) -> tuple[str, dict[str, Any]]:
    """A question to which the assistant asks back with candidates, and that reply."""
    for case in read_cases(PROJECT / "tests" / "eval" / "dev.tsv"):
        if case.codes and "clarify" in case.behaviour:
            reply, *_ = running.ask(f"ambiguous-{hash(case)}", case.question)
            if reply["act"] == "clarify" and len(reply["candidates"]) > 1:
                return case.question, reply
    raise AssertionError("no question that may be asked back about is asked back about")
