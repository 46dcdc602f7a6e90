"""Deadlines in working hours of the locality's calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from knowledge.locality import Locality

LONGEST_DAYS = 400
"""A calendar without working days can't hang us: past this, hours count round the clock."""


def add_working_hours(locality: Locality, start: datetime, hours: float) -> datetime:
    """The moment when ``hours`` of working time have passed since ``start`` (local time).

    Weekends, holidays and the hours outside the sessions don't count. Where the locality has no
    hours at all, the clock runs day and night.
    """
    left = timedelta(hours=hours)
    day = start.date()
    for _ in range(LONGEST_DAYS):
        for session in locality.sessions_on(day):
            opens = datetime.combine(day, session.start, tzinfo=start.tzinfo)
            closes = datetime.combine(day, session.end, tzinfo=start.tzinfo)
            begin = max(opens, start)
            if begin >= closes:
                continue
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        day += timedelta(days=1)
    return start + timedelta(hours=hours)
