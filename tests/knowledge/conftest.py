"""Fixtures of the knowledge tests: what is built once from the shipped knowledge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.answers import AnswerWriter
from knowledge.base import KnowledgeBase
from knowledge.linking.linker import ProcedureLinker

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def linker(shipped: KnowledgeBase) -> ProcedureLinker:
    return ProcedureLinker(shipped)


@pytest.fixture(scope="session")
def writer(shipped: KnowledgeBase) -> AnswerWriter:
    return AnswerWriter(shipped)


@pytest.fixture
def edit(knowledge_copy: Path) -> Edit:
    """Replace a text that stands in a file of the copy (found by its pattern)."""

    def change(pattern: str, old: str, new: str) -> None:
        (path,) = knowledge_copy.glob(pattern)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
