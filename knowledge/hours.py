"""Office hours in words."""

from __future__ import annotations

from knowledge.locality import WEEKDAYS, Locality, WorkingDays


def hours_in_words(locality: Locality) -> str:
    """For example ``thứ hai đến thứ sáu 07:30–11:30, 13:30–17:00``; empty where none is known."""
    return "; ".join(
        f"{_days(days)} {', '.join(f'{s.start:%H:%M}–{s.end:%H:%M}' for s in days.sessions)}"
        for days in locality.hours
        if days.sessions
    )


def _days(days: WorkingDays) -> str:
    places = [WEEKDAYS.index(day) for day in days.days]
    if len(places) > 2 and places == list(range(places[0], places[0] + len(places))):
        return f"{days.days[0]} đến {days.days[-1]}"
    *first, last = days.days
    return f"{', '.join(first)} và {last}" if first else last
