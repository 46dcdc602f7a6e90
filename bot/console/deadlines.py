"""How a deadline stands, as a colour and as words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reports.model import Report, Status

SOON = timedelta(hours=4)


class Level(StrEnum):
    """The colour."""

    LATE = "late"
    SOON = "soon"
    FINE = "fine"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """A deadline now.

    Attributes:
        text: name of the console's text for it, with the place ``{so}``.
        number: what fills it.

    """

    level: Level
    text: str
    number: int = 0


def standing(report: Report, now: datetime, warn_percent: int) -> Standing:
    """How the report's deadline stands at ``now`` (UTC without zone)."""
    if report.status is Status.MERGED:
        return Standing(Level.DONE, "da_gop")
    if report.closed_at is not None:
        late = report.closed_at > report.due_at
        return Standing(Level.DONE, "tre_han" if late else "dung_han")
    left = report.due_at - now
    if left < timedelta(0):
        return Standing(Level.LATE, *_words("qua_han", -left))
    time_given = report.due_at - report.received_at
    soon = left < SOON or (now - report.received_at) * 100 >= time_given * warn_percent
    return Standing(Level.SOON if soon else Level.FINE, *_words("con", left))


def accept_late(report: Report, now: datetime) -> bool:
    """Whether nobody took the report on in time."""
    return report.status is Status.NEW and report.accept_by < now


def _words(prefix: str, span: timedelta) -> tuple[str, int]:
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return f"{prefix}_phut", max(1, minutes)
    if minutes < 48 * 60:
        return f"{prefix}_gio", minutes // 60
    return f"{prefix}_ngay", minutes // (24 * 60)
