"""``POST requests``: a report from another system."""

from __future__ import annotations

import asyncio
import math
import re
import unicodedata
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from actions.clock import now
from bot.errors import RequestError
from bot.keys import DESK, KNOWLEDGE, SETTINGS
from bot.open311.answers import Open311Error, answer
from bot.open311.shared import API_KEYS, MEDIA_URL, draft_key, with_media
from knowledge.base import KnowledgeBase
from knowledge.gazetteer import Area
from knowledge.text.normalise import normalise
from reports.model import Draft, Report

CHANNEL = "open311"
MAX_DESCRIPTION = 4000
MAX_ADDRESS = 500
MAX_CLIENT_ID = 128
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PHONE = re.compile(r"\+?\d{8,15}")

Form = Mapping[str, str]


async def post_request(request: web.Request) -> web.Response:
    """Take a report; the same ``client_request_id`` again gives the same report."""
    form = await _form(request)
    client_id = form.get("client_request_id") or request.headers.get("Client-Request-Id", "")
    application = request.app
    base = application[KNOWLEDGE].state.base

    def take() -> Report:
        owner = application[API_KEYS].owner(form.get("api_key", ""))
        if owner is None:
            missing = "sai" if form.get("api_key") else "thieu"
            raise Open311Error(403, f"open311_{missing}_khoa")
        draft = to_draft(form, base, owner, client_id.strip())
        return application[DESK].receive(draft, base, now())

    report = await asyncio.to_thread(take)
    taken = {
        "service_request_id": report.code,
        "service_notice": _notice(report, base, ZoneInfo(application[SETTINGS].timezone)),
        "account_id": None,
    }
    return answer(request, "service_requests", [taken])


def to_draft(form: Form, base: KnowledgeBase, owner: str, client_id: str) -> Draft:
    """What was sent, checked.

    Raises:
        Open311Error: 404 for an unknown category, else 400 with all faults at once.

    """
    faults: list[str] = []
    category = base.category(form.get("service_code", ""))
    if category is None:
        if form.get("service_code"):
            raise Open311Error(404, "open311_khong_co_loai")
        faults.append("open311_thieu_loai")
    description, media_url = form.get("description", ""), form.get("media_url", "")
    if len(description) > MAX_DESCRIPTION:
        faults.append("open311_mo_ta_dai")
    if media_url and not MEDIA_URL.fullmatch(media_url):
        faults.append("open311_sai_lien_ket")
    phone = re.sub(r"[\s.()\-]", "", form.get("phone", ""))
    if phone and not _PHONE.fullmatch(phone):
        faults.append("open311_sai_dien_thoai")
    if not phone and category is not None and not category.anonymous:
        faults.append("open311_thieu_dien_thoai")
    if len(client_id) > MAX_CLIENT_ID:
        faults.append("open311_ma_gui_dai")
    place = _Place(form, base, faults)
    if faults or category is None:
        raise Open311Error(400, *faults)
    return Draft(
        key=draft_key(owner, client_id or uuid.uuid4().hex),
        sender=None,
        channel=CHANNEL,
        category=category.code,
        description=with_media(description or category.name, media_url),
        address=place.address or (place.area.name if place.area else ""),
        area=place.area.id if place.area else None,
        lat=place.lat,
        lon=place.lon,
        phone=phone or None,
    )


class _Place:
    """Where: a position, an address in words, or the key of a commune (``address_id``)."""

    def __init__(self, form: Form, base: KnowledgeBase, faults: list[str]) -> None:
        self.address = form.get("address_string", "")[:MAX_ADDRESS]
        self.lat: float | None = None
        self.lon: float | None = None
        self.area: Area | None = None
        gazetteer = base.gazetteer
        lat, lon, area_id = (form.get(name, "") for name in ("lat", "long", "address_id"))
        if lat or lon:
            self.lat, self.lon = _degrees(lat, 90), _degrees(lon, 180)
            if self.lat is None or self.lon is None:
                faults.append("open311_sai_toa_do")
                return
        if area_id:
            self.area = gazetteer.area(area_id)
            if self.area is None:
                faults.append("open311_sai_ma_dia_chi")
            return
        self.area = _named(self.address, base)
        if self.lat is not None and self.lon is not None:
            nearest = gazetteer.nearest(self.lat, self.lon)
            if nearest is None:
                faults.append("open311_ngoai_dia_ban")
            self.area = self.area or nearest
        elif not self.address:
            faults.append("open311_thieu_noi")


def _named(address: str, base: KnowledgeBase) -> Area | None:
    """The commune that an address names without doubt."""
    mentions = base.gazetteer.find(normalise(address, base.lexicon))
    sure = {
        mention.areas[0].id: mention.areas[0] for mention in mentions if len(mention.areas) == 1
    }
    return next(iter(sure.values())) if len(sure) == 1 else None


def _degrees(text: str, most: float) -> float | None:
    try:
        degrees = float(text)
    except ValueError:
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= most else None


def _notice(report: Report, base: KnowledgeBase, zone: ZoneInfo) -> str:
    due = report.due_at.replace(tzinfo=UTC).astimezone(zone)
    notice = base.prompts.text(
        "open311_da_nhan", don_vi=report.unit_name, han=_shown(due), ma=report.code
    )
    category = base.category(report.category)
    return f"{notice} {category.advice}" if category and category.advice else notice


def _shown(moment: datetime) -> str:
    return f"{moment:%H:%M} {moment:%d/%m/%Y}"


async def _form(request: web.Request) -> Form:
    """The form's fields, the first of each name; files in it are passed over."""
    try:
        form = await request.post()
    except (ValueError, LookupError, web.RequestPayloadError) as error:
        raise RequestError(400, "tin_sai_dang", chi_tiet="form") from error
    fields: dict[str, str] = {}
    for name, value in form.items():
        if isinstance(value, str) and name not in fields:
            fields[name] = _tidy(value)
    if "api_key" not in fields:  # some clients put it into the address
        fields["api_key"] = request.query.get("api_key", "").strip()
    return fields


def _tidy(text: str) -> str:
    """In Unicode form NFC, with plain line ends, without control characters and half emoji."""
    text = text.encode("utf-8", "ignore").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub(" ", text)).strip()
