"""Photos: what is taken, what is left of them, and who they belong to."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from store import uploads as module
from store.database import make_engine, metadata
from store.uploads import LONGEST_SIDE, TooLargeError, UploadError, Uploads, WrongTypeError

GPS_IFD, ORIENTATION, CAMERA = 0x8825, 0x0112, 0x0110


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    engine = make_engine(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(engine)
    return Uploads(engine, tmp_path / "photos")


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 40), **options: object) -> bytes:
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_exif(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[CAMERA] = "Máy ảnh của Nguyễn Văn A"
    exif[GPS_IFD] = {1: "N", 2: (21.0, 19.0, 40.0), 3: "E", 4: (103.0, 54.0, 50.0)}
    return picture(exif=exif, comment=b"so dien thoai 0912345678")


def kept(uploads: Uploads, data: bytes) -> Image.Image:
    stored = uploads.open(uploads.keep(data, "web:a"))
    assert stored is not None
    return Image.open(io.BytesIO(stored))


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_position_and_all_metadata_are_gone(uploads: Uploads) -> None:
    data = with_exif()
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(GPS_IFD)
    image = kept(uploads, data)
    assert not dict(image.getexif())
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_no_byte_of_the_metadata_is_left(uploads: Uploads) -> None:
    stored = uploads.open(uploads.keep(with_exif(), "web:a")) or b""
    assert b"Exif" not in stored and b"0912345678" not in stored and b"Nguy" not in stored


def test_text_in_a_png_is_gone(uploads: Uploads) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Nguyen Van A")
    assert not set(kept(uploads, picture("PNG", pnginfo=info)).info) & {"Author", "exif", "comment"}


@pytest.mark.parametrize(
    ("orientation", "size", "blue"),
    [
        (1, (80, 40), (5, 20)),
        (3, (80, 40), (75, 20)),
        (6, (40, 80), (20, 5)),
        (8, (40, 80), (20, 75)),
    ],
)
def test_turned_as_the_camera_was_held(
    uploads: Uploads, orientation: int, size: tuple[int, int], blue: tuple[int, int]
) -> None:
    image = kept(uploads, with_exif(orientation))
    assert image.size == size
    red, _, blueness = image.getpixel(blue)  # type: ignore[misc]
    assert blueness > 200 > red


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_becomes_a_jpeg_of_moderate_size(uploads: Uploads, kind: str) -> None:
    image = kept(uploads, picture(kind, (3000, 1500)))
    assert image.format == "JPEG" and image.mode == "RGB"
    assert image.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


def test_small_pictures_are_not_blown_up(uploads: Uploads) -> None:
    assert kept(uploads, picture(size=(30, 20))).size == (30, 20)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_every_colour_mode_becomes_rgb(uploads: Uploads, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (20, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert kept(uploads, out.getvalue()).mode == "RGB"


def test_transparency_becomes_white(uploads: Uploads) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 10), (255, 0, 0, 0)).save(out, "PNG")
    assert kept(uploads, out.getvalue()).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("width", "height"), [(7000, 6000), (30_000, 30_000), (2**31 - 1, 9)])
def test_bomb_is_refused_before_it_is_decoded(
    uploads: Uploads, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda _self: pytest.fail("decoded"))
    with pytest.raises(TooLargeError) as error:
        uploads.keep(png_header(width, height), "web:a")
    assert (error.value.prompt, error.value.limit) == ("anh_qua_nhieu_diem", 40)


def test_too_many_bytes_are_refused(uploads: Uploads) -> None:
    with pytest.raises(TooLargeError) as error:
        uploads.keep(picture() + bytes(module.MAX_BYTES), "web:a")
    assert error.value.prompt == "anh_qua_nang"


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "ICO", "PDF"])
def test_other_kinds_of_picture_are_refused(uploads: Uploads, kind: str) -> None:
    with pytest.raises(WrongTypeError):
        uploads.keep(picture(kind), "web:a")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"MZ\x90",
        b"PK\x03\x04",
        bytes(99),
    ],
)
def test_what_is_no_picture_is_refused(uploads: Uploads, data: bytes) -> None:
    with pytest.raises(WrongTypeError):
        uploads.keep(data, "web:a")


def test_damaged_pictures_are_refused_and_leave_nothing(uploads: Uploads, tmp_path: Path) -> None:
    whole = picture("PNG", (300, 300))
    for data in (whole[: len(whole) // 2], picture(size=(900, 900))[:700], png_header(500, 500)):
        with pytest.raises(UploadError):
            uploads.keep(data, "web:a")
    assert not list((tmp_path / "photos").rglob("*"))


def test_ids_cannot_be_guessed_and_name_no_other_file(uploads: Uploads, tmp_path: Path) -> None:
    ids = {uploads.keep(picture(), "web:a") for _ in range(3)}
    assert len(ids) == 3 and all(len(upload) == 32 for upload in ids)
    assert (tmp_path / "photos" / min(ids)[:2] / f"{min(ids)}.jpg").is_file()
    (tmp_path / "secret.jpg").write_bytes(b"x")
    for name in ("../secret", "..", "", min(ids).upper() + "A", min(ids)[:31], "0" * 32):
        assert uploads.open(name) is None


def test_owner_has_only_its_own(uploads: Uploads) -> None:
    first, second = uploads.keep(picture(), "web:a"), uploads.keep(picture(), "web:a")
    other = uploads.keep(picture(), "web:b")
    asked = [second, other, first, second, "0" * 32]
    assert uploads.owned(asked, "web:a") == [second, first]
    assert uploads.owned([], "web:a") == []


def test_unused_uploads_go_after_their_time(uploads: Uploads, tmp_path: Path) -> None:
    used, unused = uploads.keep(picture(), "web:a"), uploads.keep(picture(), "web:a")
    assert uploads.purge_unused(timedelta(hours=1), {used}) == 0
    assert uploads.purge_unused(timedelta(seconds=-5), {used}) == 1
    assert uploads.open(used) and uploads.open(unused) is None
    assert uploads.owned([used, unused], "web:a") == [used]


def test_what_a_crash_left_goes_too(uploads: Uploads, tmp_path: Path) -> None:
    used = uploads.keep(picture(), "web:a")
    folder = tmp_path / "photos" / used[:2]
    stray, partial = folder / f"{'f' * 32}.jpg", folder / f"{'e' * 32}.1234abcd"
    stray.write_bytes(b"x")
    partial.write_bytes(b"x")
    assert uploads.purge_unused(timedelta(hours=1), {used}) == 0
    yesterday = time.time() - 86_400
    os.utime(stray, (yesterday, yesterday))
    os.utime(partial, (yesterday, yesterday))
    assert uploads.purge_unused(timedelta(hours=1), {used}) == 2
    assert uploads.open(used)


def test_full_disk_leaves_neither_file_nor_row(
    uploads: Uploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        uploads.keep(picture(), "web:a")
    assert not [path for path in (tmp_path / "photos").rglob("*") if path.is_file()]
