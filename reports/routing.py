"""Routing: which body gets a report, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from knowledge.base import KnowledgeBase
from knowledge.field_reports import Category, Unit
from knowledge.gazetteer import Area
from reports.deadlines import add_working_hours

INTAKE = "tiep_nhan"
"""The unit that gets reports whose commune is not known."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a report goes.

    Attributes:
        unit: id of the body, with the commune for bodies that every commune has (``xa:…``).
        unit_name: its name as it is shown.
        accept_by, due_at: UTC without zone.

    """

    unit: str
    unit_name: str
    accept_by: datetime
    due_at: datetime


def route(base: KnowledgeBase, category: Category, area: Area | None, received: datetime) -> Route:
    """The route of a report received at ``received`` (local time with zone)."""
    unit = _unit(base, category, area)
    place = area.name if area else base.locality.name
    key = f"{unit.id}:{area.id}" if "{khu_vuc}" in unit.name and area else unit.id
    deadlines = base.deadlines
    return Route(
        unit=key,
        unit_name=unit.name.replace("{khu_vuc}", place),
        accept_by=_utc(add_working_hours(base.locality, received, deadlines.accept)),
        due_at=_utc(add_working_hours(base.locality, received, deadlines.hours(category.urgency))),
    )


def unit_name(base: KnowledgeBase, key: str, area: Area | None) -> str:
    """The name of a unit by the key that a route gave it."""
    unit = next((u for u in base.units if u.id == key.split(":")[0]), base.units[-1])
    return unit.name.replace("{khu_vuc}", area.name if area else base.locality.name)


def _unit(base: KnowledgeBase, category: Category, area: Area | None) -> Unit:
    """A unit that names the category and the area wins over one that names the category only."""

    def fits(unit: Unit) -> tuple[bool, bool]:
        return category.code in unit.categories, area is not None and area.id in unit.areas

    named = [
        unit
        for unit in base.units
        if category.code in unit.categories and (not unit.areas or fits(unit)[1])
    ]
    if named:
        return max(named, key=fits)
    usual = next((unit for unit in base.units if unit.id == category.unit), base.units[-1])
    if area is None and "{khu_vuc}" in usual.name:
        return next((unit for unit in base.units if unit.id == INTAKE), usual)
    return usual


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
