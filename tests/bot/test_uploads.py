"""The door for photos: both ways of sending, its cap, its faults in Vietnamese."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image

from bot import uploads as module
from bot.keys import UPLOADS
from knowledge.live import LiveKnowledge
from store.uploads import Uploads
from tests.bot.doors import Door, open_door

pytest_plugins = ["tests.bot.door_fixtures"]

PATH = "/api/v1/uploads"


def picture(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, kind)
    return out.getvalue()


def form(data: bytes, field: str = "file", **others: str) -> FormData:
    made = FormData()
    for name, value in others.items():
        made.add_field(name, value)
    made.add_field(field, data, filename="../../anh.exe", content_type="application/x-evil")
    return made


async def send(door: Door, data: Any, sender: str | None = "a", **headers: str) -> tuple[int, Any]:
    query = {} if sender is None else {"sender": sender}
    kinds = {name.replace("_", "-"): value for name, value in headers.items()}
    async with door.client.post(PATH, params=query, data=data, headers=kinds) as response:
        return response.status, await response.json()


async def test_both_ways_of_sending(door: Door) -> None:
    uploads = door.app[UPLOADS]
    ways: list[tuple[Any, dict[str, str]]] = [
        (form(picture()), {}),
        (form(picture("PNG"), note="ghi chú"), {}),
        (picture("WEBP"), {"Content_Type": "image/webp"}),
        (picture(), {"Content_Type": "application/octet-stream"}),
    ]
    for data, headers in ways:
        status, answer = await send(door, data, **headers)
        assert status == 200 and list(answer) == ["id"]
        assert uploads.owned([answer["id"]], "web:a") == [answer["id"]]
        assert (uploads.open(answer["id"]) or b"").startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (form(b"GIF89a" + bytes(50)), {}, 415, "anh_sai_loai"),
        (form(picture()[:300]), {}, 400, "anh_hong"),
        (form(b""), {}, 400, "anh_khong_co"),
        (form(picture(), "anh"), {}, 400, "anh_khong_co"),
        (b"", {"Content_Type": "image/png"}, 400, "anh_khong_co"),
        (b"{}", {"Content_Type": "application/json"}, 415, "anh_sai_loai"),
        (b"x", {"Content_Type": "multipart/form-data"}, 400, "tin_sai_dang"),
        (b"xx", {"Content_Type": "multipart/form-data; boundary=b"}, 400, "tin_sai_dang"),
        (picture() + bytes(10 * 1024 * 1024), {"Content_Type": "image/jpeg"}, 413, "anh_qua_nang"),
        (form(bytes(module.MAX_BODY + 1)), {}, 413, "anh_qua_nang"),
    ],
    ids=lambda value: str(value) if isinstance(value, (int, str)) else "",
)
async def test_faults_in_vietnamese(
    door: Door, data: Any, headers: dict[str, str], status: int, code: str
) -> None:
    told, answer = await send(door, data, **headers)
    assert (told, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]


async def test_the_cap_holds_without_a_length(door: Door) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * module.MAX_BODY // 65536):
            yield bytes(65536)

    status, answer = await send(door, endless(), Content_Type="image/png")
    assert (status, answer["error"]["code"]) == (413, "anh_qua_nang")


@pytest.mark.parametrize("sender", [None, "", "a b", "x" * 129, "tiếng"])
async def test_sender_is_needed(door: Door, sender: str | None) -> None:
    status, answer = await send(door, picture(), sender, Content_Type="image/jpeg")
    assert (status, answer["error"]["code"]) == (400, "tin_sai_dang")


async def test_a_photo_that_never_ends_is_given_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield b"x"
            await asyncio.sleep(0.1)

    status, answer = await send(door, slow(), Content_Type="image/png")
    assert (status, answer["error"]["code"]) == (408, "anh_gui_cham")


async def test_a_full_disk_is_told(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Uploads, "keep", full)
    status, answer = await send(door, picture(), Content_Type="image/jpeg")
    assert (status, answer["error"]["code"]) == (503, "he_thong_ban")


async def test_a_sender_is_limited(tmp_path: Path, shipped_live: LiveKnowledge) -> None:
    settings = {"turns_per_second": 0.1, "turns_burst": 2}
    async with open_door(tmp_path, shipped_live, **settings) as door:
        statuses = [(await send(door, form(picture())))[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert (await send(door, form(picture()), "b"))[0] == 200
