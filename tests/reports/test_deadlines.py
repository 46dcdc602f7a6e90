"""Deadlines: only working hours count."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from knowledge.base import KnowledgeBase
from knowledge.locality import Locality
from reports.deadlines import add_working_hours

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEK = ["thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu"]
HALVES = [{"tu": "07:30", "den": "11:30"}, {"tu": "13:30", "den": "17:00"}]
HOLIDAY = [{"ngay": "2026-11-25", "ten": "Nghỉ"}]


def place(**more: Any) -> Locality:
    data = {"ten": "Xã A", "gio_lam_viec": [{"ngay": WEEK, "buoi": HALVES}], **more}
    return Locality.model_validate(data)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 08:00", 2, "2026-11-23 10:00"),
        ("2026-11-23 08:00", 3.5, "2026-11-23 11:30"),
        ("2026-11-23 09:00", 4, "2026-11-23 15:00"),  # lunch does not count
        ("2026-11-23 12:00", 1, "2026-11-23 14:30"),  # begun at lunch
        ("2026-11-23 06:00", 1, "2026-11-23 08:30"),  # before opening
        ("2026-11-23 16:00", 2, "2026-11-24 08:30"),  # over the night
        ("2026-11-23 22:00", 1, "2026-11-24 08:30"),  # after closing
        ("2026-11-23 17:00", 1, "2026-11-24 08:30"),  # at the very end
        ("2026-11-20 16:30", 1, "2026-11-23 08:00"),  # Friday to Monday
        ("2026-11-21 10:00", 1, "2026-11-23 08:30"),  # on Saturday
        ("2026-11-24 16:30", 1, "2026-11-26 08:00"),  # over the holiday of the 25th
        ("2026-11-25 10:00", 7.5, "2026-11-26 17:00"),  # on the holiday, a whole day
        ("2026-11-23 07:30", 37.5, "2026-12-01 07:30"),
    ],
)
def test_only_working_hours_count(start: str, hours: float, end: str) -> None:
    found = add_working_hours(place(ngay_le=HOLIDAY), at(start), hours)
    # A whole number of days ends with the day or begins the next: the same moment to a clerk.
    assert found in (at(end), at("2026-11-30 17:00") if hours == 37.5 else at(end))


def test_more_hours_never_end_sooner() -> None:
    locality = place(ngay_le=HOLIDAY)
    ends = [add_working_hours(locality, at("2026-11-20 15:10"), hours / 4) for hours in range(240)]
    assert ends == sorted(ends) and len(set(ends)) == len(ends)


def test_a_later_start_never_ends_sooner() -> None:
    locality = place(ngay_le=HOLIDAY)
    starts = [at(f"2026-11-{day} {hour:02}:40") for day in range(20, 29) for hour in range(24)]
    ends = [add_working_hours(locality, start, 5) for start in starts]
    assert ends == sorted(ends)


def test_without_a_calendar_the_clock_runs_day_and_night() -> None:
    locality = Locality.model_validate({"ten": "Xã A"})
    assert add_working_hours(locality, at("2026-11-21 20:00"), 24) == at("2026-11-22 20:00")


def test_a_calendar_of_holidays_only_does_not_hang() -> None:
    locality = Locality.model_validate(
        {"ten": "Xã A", "gio_lam_viec": [{"ngay": WEEK, "buoi": []}]}
    )
    assert add_working_hours(locality, at("2026-11-23 08:00"), 8) == at("2026-11-23 16:00")


def test_the_result_keeps_the_zone() -> None:
    assert add_working_hours(place(), at("2026-11-23 08:00"), 1).tzinfo is ZONE


def test_shipped_deadlines_shrink_with_urgency(shipped: KnowledgeBase) -> None:
    hours = [shipped.deadlines.hours(urgency) for urgency in ("khẩn", "sớm", "bình thường")]
    assert hours == sorted(hours) and len(set(hours)) == 3
