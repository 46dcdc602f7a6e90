"""What everybody may see of a released report: blurred, without names, numbers and notes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from knowledge.base import KnowledgeBase
from reports.model import Event, EventKind, Report

GRID = 0.0005
"""Degrees between the points that positions are moved to: about 50 metres."""
HIDDEN = "•••"
_PRIVATE = re.compile(
    r"""https?://\S+
    | \S+@\S+\.\w+
    | (?<!\d)\d{1,3}[.,]\d{3,}\s*[,;\s]\s*\d{1,3}[.,]\d{3,}   # a position
    | (?:\+84|(?<!\d)84|(?<!\d)0)(?:[\s.\-]?\d){8,10}(?!\d)    # a telephone number
    | (?<!\d)\d{9,}(?!\d)                                     # a number of an identity card
    """,
    re.VERBOSE,
)
_WITH_WORDS = frozenset({EventKind.RESOLVED, EventKind.REFUSED})
_SHOWN = _WITH_WORDS | {
    EventKind.RECEIVED,
    EventKind.ACCEPTED,
    EventKind.FORWARDED,
    EventKind.ASKED,
    EventKind.REPLIED,
    EventKind.MERGED,
    EventKind.REOPENED,
    EventKind.RATED,
}


@dataclass(frozen=True, slots=True)
class Position:
    """A point of the blurring grid, by its row and column."""

    row: int
    column: int

    @property
    def lat(self) -> float:
        """Degrees north."""
        return round(self.row * GRID, 4)

    @property
    def lon(self) -> float:
        """Degrees east."""
        return round(self.column * GRID, 4)


@dataclass(frozen=True, slots=True)
class Cells:
    """A rectangle of the grid, both corners in it."""

    low: Position
    high: Position

    @property
    def edges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """South and west, north and east, in degrees."""
        return (
            ((self.low.row - 0.5) * GRID, (self.low.column - 0.5) * GRID),
            ((self.high.row + 0.5) * GRID, (self.high.column + 0.5) * GRID),
        )


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """A line of the history that everybody may see; the unit stands for the officer.

    Attributes:
        text: the answer or the reason, where the event has one.
        into: code of the report that this one was merged into.
        stars: the citizen's rating.

    """

    kind: EventKind
    at: datetime
    unit: str
    text: str = ""
    into: str = ""
    stars: str = ""


def blurred(lat: float, lon: float) -> Position:
    """The point of the grid that a position belongs to."""
    return Position(math.floor(lat / GRID + 0.5), math.floor(lon / GRID + 0.5))


def public_text(text: str) -> str:
    """A text without telephone numbers, identity numbers, addresses of the net, positions."""
    return _PRIVATE.sub(HIDDEN, text).strip()


def public_categories(base: KnowledgeBase) -> tuple[str, ...]:
    """Codes of the categories that may be on the public page at all."""
    return tuple(category.code for category in base.categories if category.public)


def public_history(report: Report, events: Iterable[Event]) -> list[PublicEvent]:
    """What everybody may see of a report's history."""
    events = list(events)
    moves = [event for event in events if event.kind is EventKind.FORWARDED]
    unit = moves[0].details.get("from", "") if moves else report.unit_name
    shown = []
    for event in events:
        if event.kind is EventKind.FORWARDED:
            unit = event.details.get("unit", unit)
        if event.kind in _SHOWN:
            shown.append(
                PublicEvent(
                    event.kind,
                    event.at,
                    unit,
                    public_text(event.text) if event.kind in _WITH_WORDS else "",
                    event.details.get("into", ""),
                    event.details.get("stars", ""),
                )
            )
    return shown
