"""``GET requests``, ``GET requests/{id}``, ``GET tokens/{token}``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.addresses import origin
from bot.keys import KNOWLEDGE, SETTINGS
from bot.open311.answers import Open311Error, answer
from bot.open311.shared import API_KEYS, SEARCH, draft_key, to_request
from reports.model import Report, Status
from reports.privacy import public_categories
from reports.search import Filter

MOST = 1000
SPAN = timedelta(days=90)
_ZONE = re.compile(r" (\d\d:?\d\d)$")
"""A plus sign that was not escaped arrives as a space."""


async def get_requests(request: web.Request) -> web.Response:
    """Reports by filters, newest first: those of 90 days, and at most 1,000."""
    owner = await _owner(request)
    codes = _listed(request, "service_request_id")
    wanted = _seen(request, owner)
    wanted = replace(wanted, codes=codes[:MOST]) if codes else _filtered(request, wanted)
    return answer(request, "service_requests", await _found(request, wanted, owner))


async def get_request(request: web.Request) -> web.Response:
    """One report."""
    owner = await _owner(request)
    wanted = replace(_seen(request, owner), codes=(request.match_info["code"],))
    found = await _found(request, wanted, owner)
    if not found:
        raise Open311Error(404, "open311_khong_co_phan_anh")
    return answer(request, "service_requests", found)


async def get_token(request: web.Request) -> web.Response:
    """The report of a token.

    We answer every POST with a report's code and hand out no tokens. What is found here: with a
    key, the sender's own ``client_request_id`` (an answer that got lost), and a code itself.
    """
    token = request.match_info["token"]
    owner = await _owner(request)
    search = request.app[SEARCH]
    report: Report | None = None
    if owner is not None:
        report = await asyncio.to_thread(search.with_key, draft_key(owner, token))
    if report is None:
        wanted = replace(_seen(request, owner), codes=(token,))
        report = next(iter(await asyncio.to_thread(search.find, wanted, 1)), None)
    if report is None:
        raise Open311Error(404, "open311_khong_co_ma_cho")
    found = [{"service_request_id": report.code, "token": token}]
    return answer(request, "service_requests", found)


async def _owner(request: web.Request) -> str | None:
    """Who holds the key that the request names; a wrong one is an error, none is not."""
    key = request.query.get("api_key", "").strip()
    if not key:
        return None
    owner = await asyncio.to_thread(request.app[API_KEYS].owner, key)
    if owner is None:
        raise Open311Error(403, "open311_sai_khoa")
    return owner


def _seen(request: web.Request, owner: str | None) -> Filter:
    """All reports for those with a key, else what may be public."""
    if owner is not None:
        return Filter(released=False)
    return Filter(categories=public_categories(request.app[KNOWLEDGE].state.base))


def _filtered(request: web.Request, seen: Filter) -> Filter:
    since, until = _span(request)
    categories = seen.categories
    if named := _listed(request, "service_code"):
        categories = tuple(c for c in named if categories is None or c in categories)
    statuses: tuple[Status, ...] | None = None
    if asked := set(_listed(request, "status")):
        if asked - {"open", "closed"}:
            raise Open311Error(400, "open311_sai_tinh_trang")
        statuses = tuple(s for s in Status if ("open" if s.open else "closed") in asked)
    return replace(seen, categories=categories, statuses=statuses, since=since, until=until)


def _span(request: web.Request) -> tuple[datetime, datetime]:
    """From when to when: 90 days, where only one end is named from there."""
    start, end = _moment(request, "start_date"), _moment(request, "end_date")
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        if start is None:
            return (end or now) - SPAN, end or now
        end = end or start + SPAN
    except OverflowError as error:
        raise Open311Error(400, "open311_sai_ngay") from error
    if start > end:
        raise Open311Error(400, "open311_ngay_nguoc")
    if end - start > SPAN:
        raise Open311Error(400, "open311_qua_90_ngay", so=SPAN.days)
    return start, end


def _moment(request: web.Request, name: str) -> datetime | None:
    """A time in UTC without zone; one without a zone is local."""
    text = request.query.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(_ZONE.sub(r"+\1", text))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=_zone(request))
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise Open311Error(400, "open311_sai_ngay") from error


def _listed(request: web.Request, name: str) -> tuple[str, ...]:
    """A parameter that may hold several values, and may be there several times."""
    parts = ",".join(request.query.getall(name, [])).split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


async def _found(
    request: web.Request, wanted: Filter, owner: str | None
) -> Sequence[dict[str, Any]]:
    """The reports as the standard shows them."""
    search, base = request.app[SEARCH], request.app[KNOWLEDGE].state.base
    zone, start = _zone(request), origin(request)
    public = set(public_categories(base))

    def read() -> list[dict[str, Any]]:
        reports = search.find(wanted, MOST)
        shown = [report for report in reports if report.released and report.category in public]
        photos = search.photos(shown)
        return [
            to_request(
                report,
                base,
                zone,
                full=owner is not None,
                photo_url=next(
                    (f"{start}/phan-anh/anh/{photo.id}" for photo in photos.get(report.id, ())),
                    None,
                ),
            )
            for report in reports
        ]

    return await asyncio.to_thread(read)


def _zone(request: web.Request) -> ZoneInfo:
    return ZoneInfo(request.app[SETTINGS].timezone)
