"""Faults in the staff's YAML: collected all at once, each with its file and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One thing that is wrong, and what to write instead.

    Attributes:
        file: path as the staff know it, relative to the knowledge folder.
        line: 1-based line number.
        message: plain Vietnamese.

    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class KnowledgeError(Exception):
    """The knowledge base can't be used; ``faults`` says all that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def relative(path: Path, root: Path) -> str:
    """``path`` as the staff know it: below the knowledge folder where it lies there."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
