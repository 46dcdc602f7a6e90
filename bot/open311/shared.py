"""What the Open311 handlers share: keys, times, and a report as the standard shows it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from aiohttp import web

from knowledge.base import KnowledgeBase
from reports.codes import grouped
from reports.model import Report, Status
from reports.privacy import blurred, public_text
from reports.search import ReportSearch
from store.api_keys import ApiKeys

API_KEYS = web.AppKey("open311_api_keys", ApiKeys)
SEARCH = web.AppKey("open311_search", ReportSearch)

MEDIA_URL = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
"""An address of a picture; we keep it as text and never open it."""


def draft_key(owner: str, client_request_id: str) -> str:
    """The key under which a system's own number of a report is stored."""
    return f"open311:{owner}:{client_request_id}"


def with_media(description: str, media_url: str) -> str:
    """A description with the address of a picture in a line of its own."""
    return f"{description}\n{media_url}" if media_url else description


def to_request(
    report: Report, base: KnowledgeBase, zone: tzinfo, *, full: bool, photo_url: str | None
) -> dict[str, Any]:
    """A report as the standard shows it; without ``full`` what everybody may see."""
    category = base.category(report.category)
    description, _, last = report.description.rpartition("\n")
    if not MEDIA_URL.fullmatch(last):
        description, last = report.description, ""
    lat, lon = report.lat, report.lon
    if lat is not None and lon is not None and not full:
        place = blurred(lat, lon)
        lat, lon = place.lat, place.lon

    def shown(text: str | None) -> str | None:
        return ((text if full else public_text(text)) or None) if text else None

    def when(moment: datetime | None) -> str | None:
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC).astimezone(zone).isoformat(timespec="seconds")

    return {
        "service_request_id": report.code,
        "status": "open" if report.status.open else "closed",
        "status_notes": _notes(report, base) or shown(report.answer),
        "service_name": category.name if category else report.category,
        "service_code": report.category,
        "description": shown(description),
        "agency_responsible": report.unit_name,
        "service_notice": None,
        "requested_datetime": when(report.received_at),
        "updated_datetime": when(report.closed_at or report.updated_at),
        "expected_datetime": when(report.due_at),
        "address": shown(", ".join(_places(report))),
        "address_id": report.area,
        "zipcode": None,
        "lat": lat,
        "long": lon,
        "media_url": photo_url or (last if full and last else None),
    }


def _notes(report: Report, base: KnowledgeBase) -> str | None:
    if report.status is Status.MERGED and report.merged_into:
        return base.prompts.text("open311_da_gop", ma=grouped(report.merged_into))
    return None


def _places(report: Report) -> list[str]:
    """From the most specific to the most general, as the standard wants."""
    address, area = report.address.strip(), report.area_name or ""
    if not address or area.casefold() in address.casefold():
        return [address or area]
    return [address, area]
