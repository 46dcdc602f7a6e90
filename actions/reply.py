"""``Reply``: the one type in which the assistant answers, for all doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """What a reply does."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REFUSE = "refuse"
    REPORT = "report"
    HANDOFF = "handoff"
    CHITCHAT = "chitchat"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered with a reply.

    Attributes:
        title: what the citizen sees.
        payload: what the door sends back as ``Turn.payload`` when it is pressed.

    """

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer comes from.

    Attributes:
        url: page of the national portal.
        legal_basis: the decision that published the procedure, if known.
        checked_on: the day (or month, year) on which the source was read, ISO.

    """

    url: str
    legal_basis: str | None
    checked_on: str


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """A confirmed field report, as the citizen gets to know it."""

    code: str
    category: str
    area: str | None
    unit: str
    due: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing the assistant says.

    Attributes:
        text: written form.
        speech: form for the ear: short, digits still written.
        act: what it does.
        procedure: national code of the procedure that is answered about.
        facet: the aspect that is answered.
        entry: id of an entry that is no procedure.
        candidates: codes that are asked about where ``act`` is clarify.
        buttons: choices.
        source: where the answer comes from.
        report: the report, once the citizen has confirmed it.
        emergency: whether the citizen was sent to 113, 114 or 115.

    """

    text: str
    speech: str
    act: Act
    procedure: str | None = None
    facet: str | None = None
    entry: str | None = None
    candidates: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    source: Source | None = None
    report: ReportReceipt | None = None
    emergency: bool = False

    def to_json(self) -> dict[str, Any]:
        """The object that the API gives out."""
        return asdict(self) | {"act": self.act.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reply:
        """The reply that ``to_json`` wrote."""
        source, report = data.get("source"), data.get("report")
        return cls(
            text=data["text"],
            speech=data["speech"],
            act=Act(data["act"]),
            procedure=data.get("procedure"),
            facet=data.get("facet"),
            entry=data.get("entry"),
            candidates=tuple(data.get("candidates", ())),
            buttons=tuple(Button(**button) for button in data.get("buttons", ())),
            source=Source(**source) if source else None,
            report=ReportReceipt(**report) if report else None,
            emergency=bool(data.get("emergency")),
        )

    def with_buttons(self, *buttons: Button) -> Reply:
        """The same reply with other buttons."""
        return replace(self, buttons=buttons)
