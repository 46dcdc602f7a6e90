"""Office hours in words."""

from __future__ import annotations

from knowledge.locality import Locality, WorkingDays


def hours_in_words(locality: Locality) -> str:
    """For example ``thứ hai đến thứ sáu 07:30–11:30, 13:30–17:00``; empty where none is known."""
    return "; ".join(
        f"{_days(days)} {', '.join(f'{s.start:%H:%M}–{s.end:%H:%M}' for s in days.sessions)}"
        for days in locality.hours
        if days.sessions
    )


def _days(days: WorkingDays) -> str:
    if len(days.days) > 2:
        return f"{days.days[0]} đến {days.days[-1]}"
    return " và ".join(days.days)
