"""Photos that citizens and officers upload: checked by content, kept without any metadata.

What is stored is never what was sent: the picture is decoded and encoded anew as a JPEG of moderate
size, so that neither a position nor anything hidden in the file is kept. The file is on the disk
before its row is in the table; a crash in between leaves a file that ``purge_unused`` removes.
"""

from __future__ import annotations

import io
import logging
import os
import re
import secrets
import threading
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import Column, DateTime, Integer, String, Table, delete, insert, select
from sqlalchemy.engine import Engine

from store.database import metadata

log = logging.getLogger(__name__)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(200), nullable=False, index=True),
    Column("at", DateTime, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
)

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1600
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")
_ID = re.compile(r"[0-9a-f]{32}")
_AT_ONCE = 500
"""Ids in one statement: SQLite's older limit is 999."""
_one_at_a_time = threading.Lock()
"""Forty megapixels take 160 MB while they are decoded."""


class UploadError(Exception):
    """The file can't be taken.

    Attributes:
        prompt: name of the prompt that says why, in Vietnamese.
        limit: what fills its place ``so``.

    """

    def __init__(self, prompt: str, limit: int = 0) -> None:
        super().__init__(prompt)
        self.prompt = prompt
        self.limit = limit


class TooLargeError(UploadError):
    """More bytes or pixels than we take."""


class WrongTypeError(UploadError):
    """No picture of a kind that we take."""


class Uploads:
    """Keeps photos in a folder and who sent them in a table; safe across threads and processes."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder

    def keep(self, data: bytes, owner: str) -> str:
        """Store a picture; returns its id (128 random bits).

        Raises:
            UploadError: it is too large, of another type, or damaged.
            OSError: it can't be written.

        """
        photo = reencoded(data)
        upload = secrets.token_hex(16)
        path = self._path(upload)
        _write(path, photo)
        now = datetime.now(UTC).replace(tzinfo=None)
        row = {"id": upload, "owner": owner, "at": now, "bytes": len(photo)}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(uploads).values(row))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return upload

    def open(self, upload: str) -> bytes | None:
        """The JPEG with this id, None where there is none."""
        if not _ID.fullmatch(upload):
            return None
        try:
            return self._path(upload).read_bytes()
        except FileNotFoundError:
            return None

    def owned(self, ids: Iterable[str], owner: str) -> list[str]:
        """Those of ``ids`` that this owner uploaded, each once, in their order."""
        wanted = list(dict.fromkeys(ids))
        found: set[str] = set()
        with self._engine.connect() as connection:
            for part in _parts(wanted):
                query = select(uploads.c.id).where(uploads.c.id.in_(part), uploads.c.owner == owner)
                found.update(connection.execute(query).scalars())
        return [upload for upload in wanted if upload in found]

    def purge_unused(self, older_than: timedelta, used: Collection[str]) -> int:
        """Delete uploads older than this that nothing uses, and what a crash left; how many."""
        before = datetime.now(UTC) - older_than
        kept = set(used)
        query = select(uploads.c.id).where(uploads.c.at < before.replace(tzinfo=None))
        with self._engine.connect() as connection:
            old = [upload for upload in connection.execute(query).scalars() if upload not in kept]
        for part in _parts(old):
            with self._engine.begin() as connection:
                connection.execute(delete(uploads).where(uploads.c.id.in_(part)))
            for upload in part:
                self._path(upload).unlink(missing_ok=True)
        return len(old) + self._purge_strays(before, kept)

    def _purge_strays(self, before: datetime, kept: set[str]) -> int:
        """Delete old files without a row: a crash came between the file and its row."""
        with self._engine.connect() as connection:
            known = kept | set(connection.execute(select(uploads.c.id)).scalars())
        strays = [
            path
            for path in self._folder.glob("??/*")
            if path.stem not in known and _older(path, before)
        ]
        for path in strays:
            path.unlink(missing_ok=True)
        return len(strays)

    def _path(self, upload: str) -> Path:
        return self._folder / upload[:2] / f"{upload}.jpg"


def reencoded(data: bytes) -> bytes:
    """The picture upright, at most ``LONGEST_SIDE`` wide and high, as a JPEG without metadata.

    Raises:
        UploadError: it is too large, of another type, or damaged.

    """
    if len(data) > MAX_BYTES:
        raise TooLargeError("anh_qua_nang", MAX_BYTES // 1024 // 1024)
    with _one_at_a_time:
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise TooLargeError("anh_qua_nhieu_diem", MAX_PIXELS // 1_000_000)
                return _encoded(_upright(image))
        except UploadError:
            raise
        except Image.DecompressionBombError as error:
            raise TooLargeError("anh_qua_nhieu_diem", MAX_PIXELS // 1_000_000) from error
        except UnidentifiedImageError as error:
            raise WrongTypeError("anh_sai_loai") from error
        except Exception as error:  # whatever a decoder meets in a file made to break it
            log.info("Ảnh gửi lên không đọc được: %s", type(error).__name__)
            raise UploadError("anh_hong") from error


def _upright(image: Image.Image) -> Image.Image:
    """The picture made small first, then turned as its EXIF says."""
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF: the picture itself is fine
        return image


def _encoded(image: Image.Image) -> bytes:
    """Onto a fresh white canvas, so that nothing but the pixels is carried over."""
    canvas = Image.new("RGB", image.size, "white")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        canvas.paste(layer, mask=layer.getchannel("A"))
    else:
        canvas.paste(image.convert("RGB"))
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, also when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    _sync_folder(path.parent.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _older(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
