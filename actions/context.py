"""What is remembered of a conversation between turns (Rasa's slots, typed)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.reply import Reply


@dataclass(frozen=True, slots=True)
class Context:
    """The state of a conversation.

    Attributes:
        procedure: code of the procedure talked about.
        facets: facets that were asked last.
        offered: codes offered in the last question back.
        last_replies: what was said last, for "nhắc lại".
        failures: how many messages in a row were not understood.
        report: the field report being written (see ``ReportDraft``), if any.
        handover: None, ``requested`` or ``held`` (an officer has the conversation).

    """

    procedure: str | None = None
    facets: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    last_replies: tuple[Mapping[str, Any], ...] = ()
    failures: int = 0
    report: Mapping[str, Any] | None = None
    handover: str | None = None

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Context:
        """Read it from a tracker's slots."""
        return cls(
            procedure=slots.get("procedure"),
            facets=tuple(slots.get("facets") or ()),
            offered=tuple(slots.get("offered") or ()),
            last_replies=tuple(slots.get("last_replies") or ()),
            failures=int(slots.get("failures") or 0),
            report=slots.get("report"),
            handover=slots.get("handover"),
        )

    def changes_to(self, after: Context) -> list[EventType]:
        """The events that turn this state into ``after``."""
        events: list[EventType] = []
        for name in self.__slots__:
            old, new = getattr(self, name), getattr(after, name)
            if old != new:
                events.append(SlotSet(name, list(new) if isinstance(new, tuple) else new))
        return events

    def understood(self, **changes: Any) -> Context:
        """The state after a message that was understood."""
        return replace(self, **{"failures": 0, "offered": (), **changes})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action comes to: replies, and the state afterwards."""

    replies: Sequence[Reply]
    context: Context
