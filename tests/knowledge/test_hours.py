from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from knowledge.hours import hours_in_words
from knowledge.locality import Locality

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEK = ["thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu"]
HALVES = [{"tu": "07:30", "den": "11:30"}, {"tu": "13:30", "den": "17:00"}]


def place(days: list[str] = WEEK, **more: Any) -> Locality:
    data = {"ten": "Xã A", "gio_lam_viec": [{"ngay": days, "buoi": HALVES}], **more}
    return Locality.model_validate(data)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-23 07:29", False),
        ("2026-11-23 07:30", True),
        ("2026-11-23 11:29", True),
        ("2026-11-23 11:30", False),
        ("2026-11-23 12:30", False),
        ("2026-11-23 13:30", True),
        ("2026-11-23 16:59", True),
        ("2026-11-23 17:00", False),
        ("2026-11-21 09:00", False),
        ("2026-11-22 09:00", False),
        ("2026-09-02 09:00", False),
        ("2026-09-03 09:00", True),
    ],
)
def test_open_in_the_sessions_of_working_days_only(moment: str, opened: bool) -> None:
    locality = place(ngay_le=[{"ngay": "2026-09-02", "ten": "Quốc khánh"}])
    assert locality.is_open(at(moment)) is opened


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 06:00", "2026-11-23 07:30"),
        ("2026-11-23 09:00", "2026-11-23 13:30"),
        ("2026-11-23 12:00", "2026-11-23 13:30"),
        ("2026-11-23 18:00", "2026-11-24 07:30"),
        ("2026-11-20 18:00", "2026-11-23 07:30"),
        ("2026-09-01 18:00", "2026-09-03 07:30"),
    ],
)
def test_next_opening_skips_nights_weekends_and_holidays(moment: str, opening: str) -> None:
    locality = place(ngay_le=[{"ngay": "2026-09-02", "ten": "Quốc khánh"}])
    assert locality.next_opening(at(moment)) == at(opening)


def test_without_hours_nothing_opens() -> None:
    locality = Locality.model_validate({"ten": "Xã A"})
    assert not locality.is_open(at("2026-11-23 09:00"))
    assert locality.next_opening(at("2026-11-23 09:00")) is None
    assert hours_in_words(locality) == ""


def test_two_weeks_of_holidays_have_no_next_opening() -> None:
    days = [{"ngay": f"2026-11-{day}", "ten": "Nghỉ"} for day in range(10, 31)]
    assert place(ngay_le=days).next_opening(at("2026-11-10 09:00")) is None


def test_the_shipped_holidays_are_days_off() -> None:
    from knowledge.loader import load_knowledge

    locality = load_knowledge().locality
    for day in (date(2026, 1, 1), date(2026, 2, 17), date(2026, 4, 30), date(2026, 9, 2)):
        assert locality.is_holiday(day)
        assert locality.sessions_on(day) == ()
    assert locality.sessions_on(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (WEEK, "thứ hai đến thứ sáu"),
        (["thứ hai", "thứ ba"], "thứ hai và thứ ba"),
        (["thứ bảy"], "thứ bảy"),
        (["thứ hai", "thứ tư", "thứ sáu"], "thứ hai, thứ tư và thứ sáu"),
        (["thứ sáu", "thứ bảy", "chủ nhật"], "thứ sáu đến chủ nhật"),
        (["thứ hai", "thứ ba", "thứ tư", "thứ sáu"], "thứ hai, thứ ba, thứ tư và thứ sáu"),
    ],
)
def test_days_in_words_name_no_day_too_many(days: list[str], words: str) -> None:
    assert hours_in_words(place(days)) == f"{words} 07:30–11:30, 13:30–17:00"


def test_several_kinds_of_days_are_listed() -> None:
    locality = Locality.model_validate(
        {
            "ten": "Xã A",
            "gio_lam_viec": [
                {"ngay": WEEK, "buoi": HALVES},
                {"ngay": "thứ bảy", "buoi": {"tu": "07:30", "den": "11:30"}},
                {"ngay": "chủ nhật", "buoi": []},
            ],
        }
    )
    assert hours_in_words(locality).endswith("17:00; thứ bảy 07:30–11:30")
    assert locality.is_open(at("2026-11-21 09:00"))
    assert not locality.is_open(at("2026-11-21 14:00"))
