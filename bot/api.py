"""``/api/v1/messages``: the web chat's door, and that of programs that bring a citizen's words."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import unicodedata
import uuid
from dataclasses import replace
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.errors import RequestError
from bot.keys import ADDRESS_LIMIT, DIALOGUE, SENDER_LIMIT, SETTINGS, UPLOADS
from bot.responses import json_response
from dialogue.turn import Location, Turn
from knowledge.text.normalise import MAX_CHARACTERS, clean

CHANNEL = "web"
MAX_BODY = 64 * 1024
"""Bytes of a message's body; photos have a door of their own."""

SenderId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
MessageId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _without_halves(text: str) -> str:
    """Without halves of surrogate pairs, which a browser sends where it cut an emoji in two."""
    return text.encode("utf-8", "ignore").decode("utf-8")


class LocationIn(BaseModel):
    """A shared position."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class MessageIn(BaseModel):
    """The body of a POST."""

    model_config = ConfigDict(extra="ignore", strict=True)

    sender: SenderId
    text: Annotated[str, AfterValidator(_without_halves)] = ""
    id: MessageId | None = None
    payload: Annotated[str, Field(max_length=1000)] | None = None
    location: LocationIn | None = None
    attachments: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=5)] = []


async def post_message(request: web.Request) -> web.Response:
    """Answer one message."""
    message = parse_message(await _body(request))
    check_limits(request, message.sender)
    turn = await _with_own_photos(request, to_turn(message))
    answered = await request.app[DIALOGUE].answer(turn)
    return json_response(
        {"replies": [reply.to_json() for reply in answered.replies], "number": answered.number}
    )


async def _with_own_photos(request: web.Request, turn: Turn) -> Turn:
    """The turn with only those attachments that its sender uploaded."""
    if not turn.attachments:
        return turn
    uploads = request.app[UPLOADS]
    own = await asyncio.to_thread(uploads.owned, turn.attachments, turn.sender)
    return replace(turn, attachments=tuple(own))


async def get_messages(request: web.Request) -> web.Response:
    """What was sent to a sender since a number."""
    try:
        query = MessageIn(sender=request.query.get("sender", ""))
        after = max(0, int(request.query.get("after", "0")))
    except (ValidationError, ValueError) as error:
        raise RequestError(400, "tin_sai_dang", chi_tiet="sender, after") from error
    check_limits(request, f"get:{query.sender}")
    found = await request.app[DIALOGUE].history(_conversation(query.sender), min(after, 2**62))
    messages = [answered.to_json() for answered in found]
    last = messages[-1]["number"] if messages else after
    return json_response({"messages": messages, "last": last})


def check_limits(request: web.Request, sender: str) -> None:
    """Refuse a sender or an address that sends too much.

    Raises:
        RequestError: 429, with the time to wait.

    """
    wait = request.app[SENDER_LIMIT].wait(sender)
    address = client_address(request)
    if not wait and not _is_local(address):
        wait = request.app[ADDRESS_LIMIT].wait(address)
    if wait:
        seconds = max(1, round(wait))
        raise RequestError(429, "qua_nhieu_tin", retry_after=wait, so=seconds)


def client_address(request: web.Request) -> str:
    """The citizen's network address; a proxy's word is taken only where one is configured."""
    if request.app[SETTINGS].trusted_proxy:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()[:64]
    return request.remote or ""


def to_turn(message: MessageIn) -> Turn:
    """A checked message as a turn.

    Raises:
        RequestError: 400 where there is nothing in it, 413 where it is too long.

    """
    if len(unicodedata.normalize("NFC", message.text)) > MAX_CHARACTERS:
        raise RequestError(413, "tin_qua_dai", so=MAX_CHARACTERS)
    text = clean(message.text)
    if not (text or message.payload or message.location or message.attachments):
        raise RequestError(400, "tin_trong")
    location = message.location
    return Turn(
        id=message.id or uuid.uuid4().hex,
        sender=_conversation(message.sender),
        channel=CHANNEL,
        text=text,
        payload=message.payload,
        attachments=tuple(message.attachments),
        location=Location(location.lat, location.lon) if location else None,
    )


def _conversation(sender: str) -> str:
    """From outside, a sender is only ever one of the web's."""
    return f"{CHANNEL}:{sender}"


async def _body(request: web.Request) -> Any:
    if (request.content_length or 0) > MAX_BODY:
        raise RequestError(413, "yeu_cau_qua_lon")
    try:
        raw = await request.content.read(MAX_BODY + 1)
        while len(raw) <= MAX_BODY and not request.content.at_eof():
            raw += await request.content.read(MAX_BODY + 1 - len(raw))
    except web.RequestPayloadError as error:
        raise RequestError(400, "tin_sai_dang", chi_tiet="Content-Encoding") from error
    if len(raw) > MAX_BODY:
        raise RequestError(413, "yeu_cau_qua_lon")
    try:
        return json.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        if request.content_type != "application/json":
            what = "Content-Type: application/json"
            raise RequestError(415, "tin_sai_dang", chi_tiet=what) from error
        raise RequestError(400, "tin_sai_dang", chi_tiet="JSON") from error


def parse_message(body: Any) -> MessageIn:
    """Check a message's form.

    Raises:
        RequestError: 400, naming the fields that are wrong.

    """
    try:
        return MessageIn.model_validate(body)
    except ValidationError as error:
        places = [".".join(map(str, fault["loc"])) or "JSON" for fault in error.errors()]
        named = ", ".join(sorted({place[:40] for place in places})[:5])
        raise RequestError(400, "tin_sai_dang", chi_tiet=named) from error


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
