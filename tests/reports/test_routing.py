"""Routing: category and commune to unit and deadlines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from knowledge.base import KnowledgeBase
from knowledge.field_reports import Category, Unit
from knowledge.gazetteer import Area
from reports.deadlines import add_working_hours
from reports.routing import INTAKE, route, unit_name

MONDAY = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TO_HIEU, MAI_SON = "phuongtohieu", "xamaison"


def unit(**fields: Any) -> Unit:
    return Unit.model_validate(fields)


def category(base: KnowledgeBase, code: str) -> Category:
    found = base.category(code)
    assert found is not None
    return found


def area(base: KnowledgeBase, key: str) -> Area:
    found = base.gazetteer.area(key)
    assert found is not None
    return found


def with_units(base: KnowledgeBase, *more: Unit) -> KnowledgeBase:
    return replace(base, units=(*base.units, *more))


def routed(base: KnowledgeBase, code: str, key: str | None) -> tuple[str, str]:
    where = area(base, key) if key else None
    way = route(base, category(base, code), where, MONDAY)
    return way.unit, way.unit_name


def test_every_category_in_every_commune_has_a_unit_with_the_communes_name(
    shipped: KnowledgeBase,
) -> None:
    for kind in shipped.categories:
        for commune in shipped.gazetteer.areas:
            way = route(shipped, kind, commune, MONDAY)
            assert way.unit == f"{kind.unit}:{commune.id}"
            assert commune.name in way.unit_name and "{" not in way.unit_name
            assert unit_name(shipped, way.unit, commune) == way.unit_name


def test_an_unknown_commune_goes_to_the_intake(shipped: KnowledgeBase) -> None:
    for kind in shipped.categories:
        way = route(shipped, kind, None, MONDAY)
        assert way.unit == INTAKE and "{" not in way.unit_name


def test_without_an_intake_the_usual_unit_of_the_province_gets_it(shipped: KnowledgeBase) -> None:
    base = replace(shipped, units=tuple(u for u in shipped.units if u.id != INTAKE))
    assert routed(base, "rac_thai", None) == ("moi_truong", "Tổ vệ sinh môi trường Tỉnh Sơn La")


def test_a_unit_of_the_whole_province_is_one_body(shipped: KnowledgeBase) -> None:
    base = with_units(shipped, unit(ma="nuoc_tinh", ten="Công ty nước", loai="cap_nuoc"))
    for key in (TO_HIEU, MAI_SON, None):
        assert routed(base, "cap_nuoc", key) == ("nuoc_tinh", "Công ty nước")
    assert routed(base, "rac_thai", TO_HIEU)[0] == f"moi_truong:{TO_HIEU}"


def test_a_unit_for_category_and_area_wins_there_only(shipped: KnowledgeBase) -> None:
    own = unit(ma="rac_to_hieu", ten="Đội vệ sinh Tô Hiệu", loai=["rac_thai"], khu_vuc=[TO_HIEU])
    wide = unit(ma="rac_tinh", ten="Công ty môi trường", loai=["rac_thai"])
    for base in (with_units(shipped, own, wide), with_units(shipped, wide, own)):
        assert routed(base, "rac_thai", TO_HIEU)[0] == "rac_to_hieu"
        assert routed(base, "rac_thai", MAI_SON)[0] == "rac_tinh"
        assert routed(base, "rac_thai", None)[0] == "rac_tinh"
        assert routed(base, "duong_hong", TO_HIEU)[0] == f"ha_tang:{TO_HIEU}"
    assert routed(with_units(shipped, own), "rac_thai", MAI_SON)[0] == f"moi_truong:{MAI_SON}"


def test_a_unit_for_an_area_without_categories_takes_none(shipped: KnowledgeBase) -> None:
    base = with_units(shipped, unit(ma="to_hieu", ten="Tô Hiệu", khu_vuc=[TO_HIEU]))
    assert routed(base, "rac_thai", TO_HIEU)[0] == f"moi_truong:{TO_HIEU}"


@pytest.mark.parametrize(
    ("code", "urgency"), [("dien", "khẩn"), ("duong_hong", "sớm"), ("rac_thai", "bình thường")]
)
def test_the_deadline_is_that_of_the_urgency(
    shipped: KnowledgeBase, code: str, urgency: Any
) -> None:
    way = route(shipped, category(shipped, code), area(shipped, TO_HIEU), MONDAY)
    hours = shipped.deadlines.hours(urgency)
    due = add_working_hours(shipped.locality, MONDAY, hours)
    assert way.due_at == due.astimezone(UTC).replace(tzinfo=None)
    accept = add_working_hours(shipped.locality, MONDAY, shipped.deadlines.accept)
    assert way.accept_by == accept.astimezone(UTC).replace(tzinfo=None)


def test_times_are_utc_whatever_the_zone_of_receipt(shipped: KnowledgeBase) -> None:
    kind, where = category(shipped, "rac_thai"), area(shipped, TO_HIEU)
    way = route(shipped, kind, where, MONDAY)
    assert way.due_at.tzinfo is None and way.accept_by.tzinfo is None
    assert way.due_at - MONDAY.astimezone(UTC).replace(tzinfo=None) > timedelta(hours=56)
