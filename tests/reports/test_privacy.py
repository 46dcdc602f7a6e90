"""What everybody may see of a report."""

from __future__ import annotations

from datetime import datetime

import pytest

from knowledge.gazetteer import metres_between
from reports.model import Event, EventKind, Report, Status
from reports.privacy import Cells, blurred, public_history, public_text

AT = datetime(2026, 11, 2, 8)


def report(unit_name: str = "Đơn vị B") -> Report:
    return Report(
        1, "12345674", Status.NEW, "rac_thai", "", "", None, None, None, None, "b", unit_name,
        "web", "web:a", None, "", AT, AT, AT,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gọi 0912345678 nhé", "gọi ••• nhé"),
        ("gọi 0912 345 678.", "gọi •••."),
        ("+84 912.345.678", "•••"),
        ("cccd 012345678901", "cccd •••"),
        ("a.b@thu.vn, cảm ơn", "•••, cảm ơn"),
        ("xem https://x.vn/anh?id=1 nhé", "xem ••• nhé"),
        ("ở 21.32871, 103.91413", "ở •••"),
        ("308 đường Chu Văn Thịnh", "308 đường Chu Văn Thịnh"),
        ("từ 05/11/2026 lúc 10:30, 3.000.000 đồng", "từ 05/11/2026 lúc 10:30, 3.000.000 đồng"),
        ("mã 1234 5674, quốc lộ 6, km 302+100", "mã 1234 5674, quốc lộ 6, km 302+100"),
    ],
)
def test_numbers_and_addresses_of_people_are_hidden(text: str, shown: str) -> None:
    assert public_text(text) == shown


def test_positions_move_to_a_grid_of_about_fifty_metres() -> None:
    places = [(21.32871 + n * 0.00013, 103.91413 - n * 0.00017) for n in range(50)]
    for lat, lon in places:
        moved = blurred(lat, lon)
        assert metres_between(lat, lon, moved.lat, moved.lon) < 40
        assert blurred(moved.lat, moved.lon) == moved
    assert len({blurred(*place) for place in places}) < len(places)
    assert (blurred(-0.0003, 0).lat, blurred(21.32871, 103.91413).lat) == (-0.0005, 21.3285)


def test_edges_of_cells_hold_exactly_what_is_moved_there() -> None:
    position = blurred(21.32871, 103.91413)
    (south, west), (north, east) = Cells(position, position).edges
    assert south <= 21.32871 < north and west <= 103.91413 < east
    assert north - south == pytest.approx(0.0005)


def test_history_names_units_never_officers_and_no_notes() -> None:
    forwarded = Event(
        EventKind.FORWARDED, AT, "Lò Thị Hoa", "không phải việc của tôi",
        {"unit": "Đơn vị B", "from": "Đơn vị A"},
    )  # fmt: skip
    events = [
        Event(EventKind.RECEIVED, AT, "citizen"),
        Event(EventKind.NOTED, AT, "Lò Thị Hoa", "người này hay kêu"),
        Event(EventKind.ACCEPTED, AT, "Lò Thị Hoa"),
        forwarded,
        Event(EventKind.ASKED, AT, "Lò Thị Hoa", "Anh tên gì?"),
        Event(EventKind.REPLIED, AT, "citizen", "Tôi là Nam"),
        Event(EventKind.FOLLOWED, AT, "citizen"),
        Event(EventKind.ESCALATED, AT, "system"),
        Event(EventKind.RESOLVED, AT, "Lò Thị Hoa", "Đã dọn, gọi 0912345678."),
        Event(EventKind.RATED, AT, "citizen", "chậm quá", {"stars": "4"}),
        Event(EventKind.RELEASED, AT, "Lò Thị Hoa", details={"released": "yes"}),
    ]
    shown = public_history(report(), events)
    assert [(event.kind, event.unit) for event in shown] == [
        (EventKind.RECEIVED, "Đơn vị A"),
        (EventKind.ACCEPTED, "Đơn vị A"),
        (EventKind.FORWARDED, "Đơn vị B"),
        (EventKind.ASKED, "Đơn vị B"),
        (EventKind.REPLIED, "Đơn vị B"),
        (EventKind.RESOLVED, "Đơn vị B"),
        (EventKind.RATED, "Đơn vị B"),
    ]
    assert [event.text for event in shown if event.text] == ["Đã dọn, gọi •••."]
    assert shown[-1].stars == "4"
    assert not {"Hoa", "Nam", "chậm"} & set(str(shown).split())
