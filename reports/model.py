"""Field reports as typed data: states, drafts, reports, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a report stands."""

    NEW = "new"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REFUSED = "refused"
    MERGED = "merged"

    @property
    def open(self) -> bool:
        """Whether somebody still has to work on it."""
        return self in (Status.NEW, Status.ACCEPTED, Status.WAITING)


class EventKind(StrEnum):
    """What happened to a report."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    FORWARDED = "forwarded"
    ASKED = "asked"
    ANSWERED = "answered"
    REPLIED = "replied"
    RESOLVED = "resolved"
    REFUSED = "refused"
    MERGED = "merged"
    REOPENED = "reopened"
    RATED = "rated"
    NOTED = "noted"
    FOLLOWED = "followed"
    RELEASED = "released"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that its citizen has confirmed, before it is stored.

    Attributes:
        key: makes storing it twice impossible (the confirming turn's sender and id).
        sender: conversation of the citizen; None for reports from another system.
        channel: the door it came through.
        category: code of the category.
        description: what is wrong, in the citizen's words.
        address: where, in the citizen's words.
        area: key of the commune, None where not known.
        lat, lon: a shared position, degrees.
        phone: to be reached at, if given.
        photos: ids of uploads.

    """

    key: str
    sender: str | None
    channel: str
    category: str
    description: str
    address: str
    area: str | None = None
    lat: float | None = None
    lon: float | None = None
    phone: str | None = None
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A stored report.

    Attributes:
        code: what citizen and officer call it.
        unit: id of the body that has it; unit_name as it is shown.
        area_name: name of the commune, as it is shown.
        received_at, due_at, accept_by: UTC without zone, as stored.
        released: whether an officer put it on the public page.
        merged_into: code of the report that this one repeats.

    """

    id: int
    code: str
    status: Status
    category: str
    description: str
    address: str
    area: str | None
    area_name: str | None
    lat: float | None
    lon: float | None
    unit: str
    unit_name: str
    channel: str
    sender: str | None
    phone: str | None
    urgency: str
    received_at: datetime
    accept_by: datetime
    due_at: datetime
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    rating: int | None = None
    rating_words: str | None = None
    released: bool = False
    merged_into: str | None = None
    answer: str | None = None
    voices: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a report's history; never changed, never deleted.

    Attributes:
        by: who did it: ``citizen``, ``system`` or an officer's name.
        text: what was said; citizens see it unless ``kind`` is noted.
        details: further data, such as the unit that got it.

    """

    kind: EventKind
    at: datetime
    by: str
    text: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a report, re-encoded without any metadata."""

    id: str
    after: bool = False
