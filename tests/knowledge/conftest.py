"""Fixtures of the knowledge tests: what is built once from the shipped knowledge."""

from __future__ import annotations

import shutil
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
def small_copy(knowledge_copy: Path) -> Path:
    """The copy with two fields and their families only: quick to load."""
    for folder in (knowledge_copy / "thu_tuc").iterdir():
        if folder.is_dir() and folder.name not in ("ho_tich", "can_cuoc"):
            shutil.rmtree(folder)
    for path in (knowledge_copy / "nhom").iterdir():
        if path.name not in ("ket_hon.yml", "can_cuoc.yml"):
            path.unlink()
    return knowledge_copy


@pytest.fixture
def edit(knowledge_copy: Path) -> Edit:
    """Replace a text in a file of the copy (whole or small), found by its pattern."""

    def change(pattern: str, old: str, new: str) -> None:
        (path,) = knowledge_copy.glob(pattern)
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change
