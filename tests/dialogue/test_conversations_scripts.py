"""Conversations as citizens hold them, from ``tests/conversations/*.yml``, against a real service.

A script has a name (``ten``) and turns (``luot``). In each turn the citizen says something
(``noi``) or presses a button of the last replies (``bam``, part of its title; ``nut_cu`` looks
through all replies so far; ``gui`` sends a payload as it stands), and ``mong`` lists the replies
one expects, in order; there must be as many as listed, or ``so_tra_loi``. Of a reply, only what is
listed is compared; texts are compared without diacritics. A second citizen speaks in the turns with
``nguoi: b``. In what is said, ``«ma»`` stands for the code of the newest report of the script and
``«ma_sai»`` for the same with its last digit wrong. All scripts talk to one service: reports of two
scripts are about different places, else one is taken for a repetition of the other.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from actions.reply import Act
from knowledge.base import KnowledgeBase
from knowledge.facets import Facet
from knowledge.text.folding import fold
from reports.codes import grouped
from tests.processes import Running

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).resolve().parents[1] / "conversations"
SCRIPTS = sorted(FOLDER.glob("*.yml"))
MIN_SCRIPTS = 40


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else (value,)


Several = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Expected(Strict):
    """What one reply must be like.

    ``act``, ``procedure``, ``facet`` and ``text`` may each list alternatives; ``procedure: ~``
    means that none is answered about. ``also`` lists further parts of the text that must all be
    there, ``never`` parts that must not.
    """

    act: tuple[Act, ...] | None = None
    procedure: tuple[str | None, ...] | None = None
    facet: tuple[Facet, ...] | None = None
    entry: str | None = None
    candidates: frozenset[str] | None = None
    text: tuple[str, ...] | None = None
    also: Several = ()
    never: Several = ()
    buttons: Several = ()
    emergency: bool | None = None
    report: bool | None = Field(None, description="Whether a report was stored.")

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: dict[str, Any]) -> dict[str, Any]:
        several = {"act", "procedure", "facet", "text"}
        return {k: _as_tuple(v) if k in several else v for k, v in data.items()}

    def faults(self, reply: Mapping[str, Any]) -> list[str]:
        """What of this the reply lacks."""
        said = fold(reply["text"])
        found: list[str] = []

        def require(met: bool, name: str, wanted: object, came: object) -> None:
            if not met:
                found.append(f"{name}: mong {wanted}, nhận được {came}")

        for name in ("act", "procedure", "facet"):
            allowed = getattr(self, name)
            if allowed is not None:
                require(reply[name] in allowed, name, list(map(str, allowed)), reply[name])
        if self.entry is not None:
            require(reply["entry"] == self.entry, "entry", self.entry, reply["entry"])
        if self.candidates is not None:
            offered = reply["candidates"]
            require(self.candidates <= set(offered), "candidates", sorted(self.candidates), offered)
        if self.text is not None:
            require(any(fold(part) in said for part in self.text), "text", self.text, said)
        for part in self.also:
            require(fold(part) in said, "text", part, said)
        for part in self.never:
            require(fold(part) not in said, "text", f"không có «{part}»", said)
        titles = [button["title"] for button in reply["buttons"]]
        for title in self.buttons:
            require(any(fold(title) in fold(t) for t in titles), "buttons", title, titles)
        if self.emergency is not None:
            require(
                reply["emergency"] == self.emergency,
                "emergency",
                self.emergency,
                reply["emergency"],
            )
        if self.report is not None:
            require((reply["report"] is not None) == self.report, "report", self.report, said)
        return found


class ScriptedTurn(Strict):
    """What the citizen does, and what must come."""

    noi: str | None = None
    bam: str | None = None
    nut_cu: str | None = None
    gui: str | None = None
    mong: tuple[Expected, ...] = ()
    so_tra_loi: int | None = None
    nguoi: str = Field("a", pattern="^[ab]$")
    giong_luot: int | None = Field(None, description="The replies are those of this turn again.")

    @model_validator(mode="after")
    def _does_one_thing(self) -> ScriptedTurn:
        done = [self.noi, self.bam, self.nut_cu, self.gui]
        assert sum(value is not None for value in done) == 1, "một trong noi, bam, nut_cu, gui"
        assert self.mong or self.giong_luot, "phải có mong hoặc giong_luot"
        return self

    def faults(self, replies: Sequence[Mapping[str, Any]]) -> list[str]:
        """What the replies lack."""
        wanted = self.so_tra_loi if self.so_tra_loi is not None else len(self.mong)
        found = []
        if self.mong and len(replies) != wanted:
            found.append(f"số trả lời: mong {wanted}, nhận được {len(replies)}")
        for number, (expected, reply) in enumerate(zip(self.mong, replies, strict=False), start=1):
            found += [f"trả lời {number}, {fault}" for fault in expected.faults(reply)]
        return found

    def __str__(self) -> str:
        if self.noi is not None:
            who = "" if self.nguoi == "a" else f"({self.nguoi}) "
            return f"{who}nói «{self.noi}»"
        if self.gui is not None:
            return f"gửi mã «{self.gui}»"
        return f"bấm «{self.bam or self.nut_cu}»"


class Script(Strict):
    """One conversation."""

    ten: str
    luot: tuple[ScriptedTurn, ...] = Field(min_length=1)


def read_script(path: Path) -> Script:
    return Script.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _button(replies: Sequence[Mapping[str, Any]], title: str) -> Mapping[str, str] | None:
    """The first button, of the newest reply first, whose title contains the words."""
    buttons = (button for reply in reversed(replies) for button in reply["buttons"])
    return next((button for button in buttons if fold(title) in fold(button["title"])), None)


def _do(
    running: Running, sender: str, turn: ScriptedTurn, history: Sequence[list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Say or press, and return the replies."""
    sender = f"{sender}-{turn.nguoi}"
    if turn.noi is not None:
        return running.ask(sender, _with_code(turn.noi, history))
    if turn.gui is not None:
        return running.ask(sender, "", payload=turn.gui)
    last = history[-1] if history else []
    if turn.nut_cu is not None:
        last = list(itertools.chain.from_iterable(history))
    title = turn.bam or turn.nut_cu or ""
    pressed = _button(last, title)
    assert pressed is not None, f"không có nút «{title}» trong: {_shown(last)}"
    return running.ask(sender, pressed["title"], payload=pressed["payload"])


def _with_code(text: str, history: Sequence[list[dict[str, Any]]]) -> str:
    """What is said, with the code of the newest report in its place."""
    codes = [reply["report"]["code"] for replies in history for reply in replies if reply["report"]]
    if not codes:
        return text
    wrong = codes[-1][:-1] + str((int(codes[-1][-1]) + 1) % 10)
    return text.replace("«ma»", grouped(codes[-1])).replace("«ma_sai»", grouped(wrong))


def _shown(replies: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for reply in replies:
        marks = [reply["act"], reply["procedure"] or "", reply["facet"] or reply["entry"] or ""]
        if reply["emergency"]:
            marks.append("KHẨN CẤP")
        if reply["candidates"]:
            marks.append(f"{list(reply['candidates'])}")
        text = " / ".join(reply["text"].splitlines())
        text = text if len(text) <= 200 else text[:200] + "…"
        titles = "".join(f" [{button['title']}]" for button in reply["buttons"])
        lines.append(f"    ({' '.join(filter(None, marks))}) {text}{titles}")
    return "\n".join(lines) or "    (không có trả lời)"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_conversation_goes_as_a_citizen_expects(path: Path, running: Running) -> None:
    script = read_script(path)
    sender = f"script-{path.stem}-{uuid.uuid4().hex}"
    history: list[list[dict[str, Any]]] = []
    told: list[str] = []
    for number, turn in enumerate(script.luot, start=1):
        replies = _do(running, sender, turn, history)
        told.append(f"  {number}. {turn}\n{_shown(replies)}")
        faults = turn.faults(replies)
        if turn.giong_luot is not None and replies != history[turn.giong_luot - 1]:
            faults.append(f"mong lặp lại y nguyên lượt {turn.giong_luot}")
        if faults:
            wrong = "\n".join(f"  ✗ {fault}" for fault in faults)
            raise AssertionError(
                f"{path.name} ({script.ten}), lượt {number}:\n{wrong}\nĐã diễn ra:\n"
                + "\n".join(told)
            )
        history.append(replies)


def test_there_are_enough_scripts_and_each_shows_something_of_its_own() -> None:
    names = [read_script(path).ten for path in SCRIPTS]
    assert len(names) >= MIN_SCRIPTS
    assert len(set(names)) == len(names)


def test_scripts_name_procedures_that_exist(shipped: KnowledgeBase) -> None:
    missing = {
        (path.name, code)
        for path in SCRIPTS
        for turn in read_script(path).luot
        for expected in turn.mong
        for code in (*(expected.procedure or ()), *(expected.candidates or ()))
        if code is not None and code not in shipped.procedures
    }
    assert not missing


def _reply(**parts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "text": "",
        "act": "answer",
        "procedure": None,
        "facet": None,
        "entry": None,
    }
    empty |= {"candidates": [], "buttons": [], "emergency": False, "report": None}
    return {**empty, **parts}


@pytest.mark.parametrize(
    "expected",
    [
        {"act": "refuse"},
        {"procedure": "1.000894"},
        {"procedure": None},
        {"facet": ["fee", "time"]},
        {"entry": "gio_lam_viec"},
        {"candidates": ["1.000894"]},
        {"text": "hộ nghèo"},
        {"also": ["lệ phí", "hộ nghèo"]},
        {"never": "miễn"},
        {"buttons": ["Bao lâu"]},
        {"emergency": True},
        {"report": True},
    ],
    ids=str,
)
def test_each_expectation_can_fail(expected: dict[str, Any]) -> None:
    reply = _reply(
        text="Lệ phí: miễn",
        procedure="1.004194",
        facet="documents",
        candidates=["1.004194"],
        buttons=[{"title": "Lệ phí", "payload": ""}],
    )
    assert Expected.model_validate(expected).faults(reply)


def test_expectations_are_met_without_regard_to_diacritics() -> None:
    expected = Expected.model_validate({"act": "answer", "text": "le phi", "also": "MIỄN"})
    assert not expected.faults(_reply(text="Lệ phí: miễn"))
