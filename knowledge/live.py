"""Live knowledge: a saved YAML file is checked and in force within a second or two.

A faulty file is refused with its message and the last good state goes on serving. The state is one
immutable object that is exchanged as a whole, so a turn in progress never sees two states.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from watchfiles import DefaultFilter, watch

from knowledge.answers import AnswerWriter
from knowledge.base import KnowledgeBase
from knowledge.faults import Fault, KnowledgeError
from knowledge.linking.categories import CategoryFinder
from knowledge.linking.linker import ProcedureLinker
from knowledge.loader import load_knowledge
from knowledge.special import SpecialAnswers
from knowledge.yaml_reader import yaml_files

log = logging.getLogger(__name__)

POLL_MILLISECONDS = 400


@dataclass(frozen=True)
class KnowledgeState:
    """One state in force, with what is built from it."""

    base: KnowledgeBase
    loaded_at: datetime

    @cached_property
    def linker(self) -> ProcedureLinker:
        """The linker over this state; built when first asked for."""
        return ProcedureLinker(self.base)

    @cached_property
    def category_finder(self) -> CategoryFinder:
        """Finds the category of a field report."""
        return CategoryFinder(self.base)

    @cached_property
    def special_answers(self) -> SpecialAnswers:
        """Finds answers of their own to special questions."""
        return SpecialAnswers(self.base)

    @cached_property
    def answers(self) -> AnswerWriter:
        """The writer of answers from this state."""
        return AnswerWriter(self.base)


class LiveKnowledge:
    """Holds the state in force and exchanges it when the files change."""

    def __init__(
        self,
        root: Path,
        locality: str,
        *,
        linking: bool = True,
        last_good: Path | None = None,
    ) -> None:
        """Load the first state.

        ``linking`` is False in a process that links nothing. ``last_good`` is a folder where the
        last faultless state is kept: a process that starts while the files are faulty serves it.

        Raises:
            KnowledgeError: the files are faulty and no good state is kept.

        """
        self._root = root
        self._locality = locality
        self._linking = linking
        self._last_good = last_good
        self._faults: tuple[Fault, ...] = ()
        self._state = self._build(self._first())
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def state(self) -> KnowledgeState:
        """The state in force."""
        return self._state

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why the newest files are not in force; empty where they are."""
        return self._faults

    def reload(self) -> bool:
        """Read the files again; True where the state in force is now theirs."""
        try:
            base = load_knowledge(self._root, self._locality)
        except KnowledgeError as error:
            self._faults = error.faults
            for fault in error.faults:
                log.error("Tri thức chưa đổi vì lỗi: %s", fault)
            return False
        if base.checksum != self._state.base.checksum:
            self._keep(base)
            self._state = self._build(base)
            log.info("Đã nạp tri thức mới: %d thủ tục.", len(base.procedures))
        self._faults = ()
        return True

    def watch(self, after: Callable[[], None] | None = None) -> None:
        """Follow the files in a thread until ``close``."""
        self._watcher = threading.Thread(
            target=self._follow, args=(after,), name="knowledge-watcher", daemon=True
        )
        self._watcher.start()

    def close(self) -> None:
        """Stop following the files."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(timeout=5)

    def _first(self) -> KnowledgeBase:
        try:
            base = load_knowledge(self._root, self._locality)
        except KnowledgeError as error:
            if self._last_good is None or not (self._last_good / "thu_tuc").is_dir():
                raise
            self._faults = error.faults
            for fault in error.faults:
                log.error("Dùng bản tri thức tốt gần nhất vì lỗi: %s", fault)
            return load_knowledge(self._last_good, self._locality)
        self._keep(base)
        return base

    def _keep(self, base: KnowledgeBase) -> None:
        """Copy the faultless files to the last-good folder, all or nothing."""
        target = self._last_good
        if target is None:
            return
        mark = target / "checksum"
        if mark.is_file() and mark.read_text() == base.checksum:
            return
        fresh = target.with_name(f"{target.name}.{os.getpid()}.{threading.get_ident()}")
        for path in yaml_files(self._root):
            copy = fresh / path.relative_to(self._root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        (fresh / "checksum").write_text(base.checksum)
        shutil.rmtree(target, ignore_errors=True)
        try:
            fresh.rename(target)
        except OSError:  # another process was faster with the same files
            shutil.rmtree(fresh, ignore_errors=True)

    def _build(self, base: KnowledgeBase) -> KnowledgeState:
        state = KnowledgeState(base, datetime.now(UTC))
        if self._linking:
            _ = state.linker  # before it is in force: no turn waits for the index
        return state

    def _follow(self, after: Callable[[], None] | None) -> None:
        changes = watch(
            self._root,
            watch_filter=_YamlOnly(),
            stop_event=self._stop,
            debounce=POLL_MILLISECONDS,
            step=100,
            raise_interrupt=False,
        )
        for _ in changes:
            try:
                self.reload()
            except Exception:  # the watcher must outlive whatever a file can cause
                log.exception("Không nạp lại được tri thức")
            if after is not None:
                after()


class _YamlOnly(DefaultFilter):
    """YAML files, and folders: a new one may hold files from before it was watched."""

    def __call__(self, change: object, path: str) -> bool:
        changed = Path(path)
        if changed.suffix:
            return changed.suffix in (".yml", ".yaml")
        return ".git" not in changed.parts


_current: LiveKnowledge | None = None


def install(live: LiveKnowledge) -> None:
    """Make ``live`` the knowledge of this process (Rasa builds its components itself, so they
    can't be handed it).
    """
    global _current
    _current = live


def current() -> KnowledgeState:
    """The state in force in this process.

    Raises:
        RuntimeError: ``install`` was not called.

    """
    if _current is None:
        raise RuntimeError("knowledge.live.install() was not called in this process")
    return _current.state
