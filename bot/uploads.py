"""``/api/v1/uploads``: photos for a report, sent before the message that names them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import BodyPartReader, web
from pydantic import TypeAdapter, ValidationError

from bot.api import CHANNEL, SenderId, check_limits
from bot.errors import RequestError
from bot.keys import ENGINE, SETTINGS, UPLOADS
from bot.responses import json_response
from store.uploads import MAX_BYTES, TooLargeError, UploadError, Uploads, WrongTypeError

log = logging.getLogger(__name__)

MAX_BODY = 12 * 1024 * 1024
"""Bytes of a request, its multipart frame included."""
CHUNK = 64 * 1024
AT_ONCE = 12
"""Photos in memory at the same time; more are asked to come again."""
SECONDS = 60.0
"""A photo that takes longer to arrive is given up."""
FIELD = "file"
_SENDER: TypeAdapter[str] = TypeAdapter(SenderId)
_SLOTS = web.AppKey("upload_slots", asyncio.Semaphore)
_DECODER = web.AppKey("upload_decoder", asyncio.Semaphore)


def add_uploads(application: web.Application) -> None:
    """Add the door for photos to the gateway."""
    settings = application[SETTINGS]
    application[UPLOADS] = Uploads(application[ENGINE], settings.var / "photos")
    application[_SLOTS] = asyncio.Semaphore(AT_ONCE)
    application[_DECODER] = asyncio.Semaphore(1)
    application.router.add_post("/api/v1/uploads", post_upload)


async def post_upload(request: web.Request) -> web.Response:
    """Keep one photo."""
    try:
        sender = _SENDER.validate_python(request.query.get("sender", ""))
    except ValidationError as error:
        raise RequestError(400, "tin_sai_dang", chi_tiet="sender") from error
    check_limits(request, f"upload:{sender}")
    slots = request.app[_SLOTS]
    if slots.locked():
        raise RequestError(503, "he_thong_ban", retry_after=3)
    async with slots:
        data = await receive_photo(request)
        return json_response({"id": await keep_photo(request, data, f"{CHANNEL}:{sender}")})


async def keep_photo(request: web.Request, data: bytes, owner: str) -> str:
    """Store a photo that has arrived; pictures are decoded one after the other.

    Raises:
        RequestError: it is no photo that we take, or can't be stored now.

    """
    try:
        async with request.app[_DECODER]:
            return await asyncio.to_thread(request.app[UPLOADS].keep, data, owner)
    except TooLargeError as error:
        raise RequestError(413, error.prompt, so=error.limit) from error
    except WrongTypeError as error:
        raise RequestError(415, error.prompt, so=error.limit) from error
    except UploadError as error:
        raise RequestError(400, error.prompt, so=error.limit) from error
    except OSError as error:
        log.error("Không ghi được ảnh: %s", error.strerror)
        raise RequestError(503, "he_thong_ban", retry_after=10) from error


async def receive_photo(request: web.Request) -> bytes:
    """The photo in a request's body: the multipart field ``file``, or the body itself.

    Raises:
        RequestError: there is none, it is too large, or it does not arrive in time.

    """
    if (request.content_length or 0) > MAX_BODY:
        raise _too_large()
    try:
        async with asyncio.timeout(SECONDS):
            if request.content_type == "multipart/form-data":
                data = await _multipart(request)
            elif request.content_type.startswith("image/") or (
                request.content_type == "application/octet-stream"
            ):
                data = await _gathered(request.content.iter_chunked(CHUNK))
            else:
                raise RequestError(415, "anh_sai_loai")
    except TimeoutError as error:
        raise RequestError(408, "anh_gui_cham") from error
    except (ValueError, LookupError, web.RequestPayloadError) as error:
        raise RequestError(400, "tin_sai_dang", chi_tiet="multipart") from error
    if not data:
        raise RequestError(400, "anh_khong_co")
    return data


async def _multipart(request: web.Request) -> bytes:
    """The field's bytes; other fields count towards the cap and are passed over."""
    passed = 0
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise RequestError(400, "tin_sai_dang", chi_tiet="multipart")
        if part.name == FIELD:
            return await _gathered(_chunks(part.read_chunk), passed)
        passed += len(await _gathered(_chunks(part.read_chunk), passed))
    return b""


async def _chunks(read: Callable[[int], Awaitable[bytes]]) -> AsyncIterator[bytes]:
    while chunk := await read(CHUNK):
        yield chunk


async def _gathered(chunks: AsyncIterator[bytes], passed: int = 0) -> bytes:
    parts, size = [], passed
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_BODY:
            raise _too_large()
        parts.append(chunk)
    return b"".join(parts)


def _too_large() -> RequestError:
    return RequestError(413, "anh_qua_nang", so=MAX_BYTES // 1024 // 1024)
