"""``Turn``: one message of a citizen, the same for all doors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from actions.replies import ASK_FACET, PICK, REPORT_PRESS, SAY
from knowledge.procedure import CODE_PATTERN

_CODE = CODE_PATTERN.strip("^$")
_ASK = re.compile(rf"{ASK_FACET}({_CODE}):([a-z_]+)", re.ASCII)
_REPORT = re.compile(rf"{REPORT_PRESS}[a-z_]+(:[a-z0-9_]+){{0,2}}", re.ASCII)
_PICK = re.compile(rf"{PICK}({_CODE})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Location:
    """A position in degrees (WGS 84)."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What a citizen said or did.

    Attributes:
        id: the door's id of this message; the same id again has no second effect.
        sender: the conversation, with its channel as prefix (``web:…``).
        channel: name of the door.
        text: what was typed or heard; may be empty where there is something else.
        payload: of a pressed button.
        attachments: ids of uploaded files.
        location: a shared position.
        confidence: of the recogniser, 0 to 1; 1 where it was typed.
        sent_at: when it was sent.

    """

    id: str
    sender: str
    channel: str
    text: str = ""
    payload: str | None = None
    attachments: tuple[str, ...] = ()
    location: Location | None = None
    confidence: float = 1.0
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def to_json(self) -> dict[str, Any]:
        """Plain data for the worker."""
        return asdict(self) | {"sent_at": self.sent_at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Turn:
        """What ``to_json`` wrote."""
        location = data.get("location")
        return cls(
            **{
                **data,
                "attachments": tuple(data.get("attachments", ())),
                "location": Location(**location) if location else None,
                "sent_at": datetime.fromisoformat(data["sent_at"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: a procedure and perhaps a facet, or a step of a field report."""

    procedure: str | None = None
    facet: str | None = None
    report: str | None = None

    def values(self) -> dict[str, str]:
        """What was pressed, by name."""
        named = {"procedure": self.procedure, "facet": self.facet, "report": self.report}
        return {name: value for name, value in named.items() if value is not None}


def read_payload(payload: str) -> Press | str | None:
    """A button's payload: a ``Press``, the words it says, or None where it is none of ours."""
    if payload.startswith(SAY):
        return payload.removeprefix(SAY)
    if _REPORT.fullmatch(payload):
        return Press(report=payload.removeprefix(REPORT_PRESS))
    asked = _ASK.fullmatch(payload)
    if asked:
        return Press(asked[1], asked[2])
    picked = _PICK.fullmatch(payload)
    return Press(picked[1]) if picked else None
