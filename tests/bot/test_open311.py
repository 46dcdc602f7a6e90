"""Open311 GeoReport v2, against the shapes of the specification's own examples."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select

from bot.keys import ENGINE, KNOWLEDGE
from bot.open311.shared import API_KEYS
from knowledge.live import LiveKnowledge
from reports.model import EventKind, Status
from reports.tables import reports
from store.api_keys import ApiKeys
from store.database import make_engine, metadata
from store.settings import Settings
from tests.bot.doors import KEY, NOW, ZONE, Door, open_door, parsed

pytest_plugins = ["tests.bot.door_fixtures"]

V2 = "/open311/v2"
REQUEST_FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime",
    "expected_datetime", "address", "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip
SERVICE_FIELDS = [
    "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
]  # fmt: skip
POST = {
    "api_key": KEY,
    "service_code": "rac_thai",
    "lat": "21.32871",
    "long": "103.91413",
    "address_string": "308 đường Chu Văn Thịnh, phường Chiềng Lề",
    "email": "smit333@sfgov.edu",
    "device_id": "tt222111",
    "account_id": "123456",
    "first_name": "john",
    "last_name": "smith",
    "phone": "0912 345 678",
    "description": "Rác chất đống <b>ba ngày</b> & bốc mùi\nGọi 0912345678",
    "media_url": "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
    "attribute[WHISPAWN]": "123456",
}
"""The specification's example of a POST, with a place of ours."""


async def get(door: Door, path: str, status: int = 200, /, **query: str) -> Any:
    async with door.client.get(f"{V2}/{path}", params=query) as response:
        assert response.status == status, await response.text()
        if path.endswith(".json"):
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"
            return await response.json()
        assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
        raw = await response.read()
        assert raw.lower().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
        return ElementTree.fromstring(raw)


async def post(door: Door, status: int = 200, form: str = ".json", /, **changes: str) -> Any:
    data = {name: value for name, value in {**POST, **changes}.items() if value != "-"}
    async with door.client.post(f"{V2}/requests{form}", data=data) as response:
        assert response.status == status, await response.text()
        return (
            await response.json()
            if form == ".json"
            else ElementTree.fromstring(await response.read())
        )


def children(element: ElementTree.Element) -> list[str]:
    return [child.tag for child in element]


def stored(door: Door) -> int:
    with door.app[ENGINE].connect() as connection:
        return int(connection.execute(select(func.count()).select_from(reports)).scalar())


# Services


async def test_services_in_both_formats(door: Door) -> None:
    xml, data = await get(door, "services.xml"), await get(door, "services.json")
    assert xml.tag == "services" and {child.tag for child in xml} == {"service"}
    assert children(xml[0]) == SERVICE_FIELDS == list(data[0])
    known = [category.code for category in door.app[KNOWLEDGE].state.base.categories]
    assert [service["service_code"] for service in data] == known
    assert [service.findtext("service_code") for service in xml] == known
    assert xml[0].findtext("metadata") == "false" and data[0]["metadata"] is False
    assert xml[0].findtext("type") == data[0]["type"] == "realtime"
    assert data[0]["group"] and ", " in data[0]["keywords"]


async def test_format_without_ending_is_xml_unless_json_is_wanted(door: Door) -> None:
    assert (await get(door, "services")).tag == "services"
    async with door.client.get(f"{V2}/services", headers={"Accept": "application/json"}) as found:
        assert isinstance(await found.json(), list)


async def test_service_definition(door: Door) -> None:
    xml, data = await get(door, "services/rac_thai.xml"), await get(door, "services/rac_thai.json")
    assert xml.tag == "service_definition" and children(xml) == ["service_code", "attributes"]
    assert data == {"service_code": "rac_thai", "attributes": []}


# Sending


async def test_post_answers_as_the_example(door: Door) -> None:
    (answer,) = await post(door)
    assert list(answer) == ["service_request_id", "service_notice", "account_id"]
    assert answer["account_id"] is None and "hạn xử lý" in answer["service_notice"]
    xml = await post(door, 200, ".xml")
    assert xml.tag == "service_requests" and children(xml) == ["request"]
    assert children(xml[0]) == ["service_request_id", "service_notice", "account_id"]
    assert not xml[0].findtext("account_id")


async def test_post_is_stored_as_a_report(door: Door) -> None:
    (answer,) = await post(door)
    report = door.desk.find(answer["service_request_id"])
    assert (report.channel, report.sender, report.phone) == ("open311", None, "0912345678")
    assert report.status is Status.NEW and not report.released
    assert report.area_name == "Phường Tô Hiệu"
    assert (report.lat, report.lon) == (21.32871, 103.91413)
    assert report.description == f"{POST['description']}\n{POST['media_url']}"
    assert [event.kind for event in door.desk.history(report)] == [EventKind.RECEIVED]
    assert "john" not in str(report) and "smit333" not in str(report)


@pytest.mark.parametrize(
    ("changes", "area"),
    [
        ({"address_string": "-"}, "Phường Tô Hiệu"),
        ({"lat": "-", "long": "-"}, "Phường Tô Hiệu"),
        ({"lat": "-", "long": "-", "address_string": "-", "address_id": "phuongtohieu"},
         "Phường Tô Hiệu"),
        ({"lat": "-", "long": "-", "address_string": "đầu ngõ nhà ông Tư"}, None),
    ],
)  # fmt: skip
async def test_one_of_the_locations_is_enough(
    door: Door, changes: dict[str, str], area: str | None
) -> None:
    (answer,) = await post(door, **changes)
    assert door.desk.find(answer["service_request_id"]).area_name == area


async def test_same_client_request_id_has_one_effect(door: Door) -> None:
    first = await post(door, client_request_id="A-1")
    assert await post(door, client_request_id="A-1", description="khác") == first
    data, headers = {**POST, "description": "khác nữa"}, {"Client-Request-Id": "A-1"}
    async with door.client.post(f"{V2}/requests.json", data=data, headers=headers) as response:
        assert await response.json() == first
    assert stored(door) == 1
    other = await post(door, client_request_id="A-1", api_key="mot-khoa-khac-dai-hon")
    assert other != first and stored(door) == 2


async def test_keys_of_the_table_work_until_removed(door: Door) -> None:
    keys = door.app[API_KEYS]
    key = keys.add("Trung tâm điều hành")
    await post(door, api_key=key)
    assert keys.remove("Trung tâm điều hành") and not keys.remove("Trung tâm điều hành")
    await post(door, 403, api_key=key)


def test_keys_are_never_shown(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(engine)
    key = ApiKeys(engine).add("Khác")
    assert ApiKeys(engine).owner(key) and ApiKeys(engine).owner("") is None
    assert all(key.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    assert KEY not in repr(Settings(_env_file=None, open311_keys=KEY))


# Faults


def told(errors: Any) -> list[int]:
    if isinstance(errors, ElementTree.Element):
        assert errors.tag == "errors"
        assert all(children(error) == ["code", "description"] for error in errors)
        assert all(error.findtext("description") for error in errors)
        return [int(error.findtext("code") or 0) for error in errors]
    assert all(list(error) == ["code", "description"] for error in errors)
    assert all(error["description"] for error in errors)
    return [error["code"] for error in errors]


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (403, {"api_key": "-"}),
        (403, {"api_key": "sai"}),
        (404, {"service_code": "khong_co"}),
        (400, {"service_code": "-"}),
        (400, {"lat": "-", "long": "-", "address_string": "-"}),
        (400, {"long": "-"}),
        (400, {"lat": "nan"}),
        (400, {"lat": "91"}),
        (400, {"lat": "10.77", "long": "106.69", "address_string": "-"}),
        (400, {"address_id": "khong_co"}),
        (400, {"description": "đ" * 4001}),
        (400, {"media_url": "file:///etc/passwd"}),
        (400, {"phone": "gọi tôi"}),
        (400, {"client_request_id": "x" * 129}),
    ],
)
async def test_faults_are_told_in_both_formats(
    door: Door, status: int, changes: dict[str, str]
) -> None:
    assert told(await post(door, status, **changes)) == [status]
    assert told(await post(door, status, ".xml", **changes)) == [status]
    assert stored(door) == 0


async def test_several_faults_are_told_at_once(door: Door) -> None:
    errors = await post(door, 400, service_code="-", lat="x", phone="1", media_url="x")
    assert told(errors) == [400] * 4
    assert len({error["description"] for error in errors}) == 4


async def test_categories_that_need_a_contact(door: Door) -> None:
    named = [c.code for c in door.app[KNOWLEDGE].state.base.categories if not c.anonymous]
    for code in named:
        assert told(await post(door, 400, service_code=code, phone="-")) == [400]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/khong_co.xml", 404),
        ("services/khong_co.json", 404),
        ("requests/12345678.xml", 404),
        ("tokens/12345.json", 404),
        ("khong_co.xml", 404),
        ("requests.xml?status=lost", 400),
        ("requests.json?start_date=hom%20qua", 400),
        ("requests.json?start_date=0001-01-01T00:00:00%2B14:00", 400),
        ("requests.xml?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", 400),
        ("requests.xml?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", 400),
        ("requests.json?api_key=sai", 403),
    ],
)
async def test_wrong_questions(door: Door, path: str, status: int) -> None:
    async with door.client.get(f"{V2}/{path}") as response:
        assert response.status == status
        is_json = ".json" in path
        errors = await response.json() if is_json else ElementTree.fromstring(await response.read())
    assert told(errors) == [status]


async def test_our_own_faults_show_nothing_of_our_inside(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(door.desk), "receive", lambda *_: 1 / 0)
    errors = await post(door, 500)
    assert told(errors) == [500] and "ZeroDivision" not in str(errors)


async def test_too_large_a_form_and_other_methods(door: Door) -> None:
    assert told(await post(door, 413, description="x" * 100_000)) == [413]
    async with door.client.delete(f"{V2}/requests.json") as response:
        assert response.status == 404 and told(await response.json()) == [404]


# Asking


async def test_request_has_the_fields_of_the_example(door: Door) -> None:
    report = door.report()
    xml = await get(door, f"requests/{report.code}.xml")
    (data,) = await get(door, f"requests/{report.code}.json")
    assert xml.tag == "service_requests" and children(xml) == ["request"]
    assert children(xml[0]) == REQUEST_FIELDS == list(data)
    assert data["service_request_id"] == report.code and data["status"] == "open"
    assert data["service_code"] == "rac_thai" and data["address_id"] == "phuongtohieu"
    assert data["address"] == "đường Chu Văn Thịnh, Phường Tô Hiệu"
    assert data["zipcode"] is None and xml[0].find("zipcode") is not None
    assert data["requested_datetime"].endswith("+07:00")
    received = report.received_at.replace(tzinfo=UTC, microsecond=0)
    assert parsed(data["requested_datetime"]) == received
    assert parsed(data["expected_datetime"]) == report.due_at.replace(tzinfo=UTC, microsecond=0)


async def test_closed_with_its_answer(door: Door) -> None:
    report = door.report()
    done = door.desk.resolve(report.code, "Lò Thị Hoa", "Đã dọn sạch, liên hệ 0987654321.")
    (data,) = await get(door, f"requests/{report.code}.json")
    assert (data["status"], data["status_notes"]) == ("closed", "Đã dọn sạch, liên hệ •••.")
    assert done.closed_at is not None
    assert parsed(data["updated_datetime"]) == done.closed_at.replace(tzinfo=UTC, microsecond=0)
    assert "Hoa" not in str(data)


async def test_without_a_key_only_what_is_public(door: Door) -> None:
    private = next(c.code for c in door.app[KNOWLEDGE].state.base.categories if not c.public)
    shown = door.report(1, description="Rác trước nhà, gọi 0912 345 678\nhttp://x.vn/a.jpg")
    hidden = door.report(2, released=False)
    never = door.report(3, category=private)
    (data,) = await get(door, "requests.json")
    assert data["service_request_id"] == shown.code
    assert (data["lat"], data["long"]) == (21.3285, 103.914)
    assert "0912" not in str(data) and data["media_url"] is None
    assert data["description"] == "Rác trước nhà, gọi •••"
    for report in (hidden, never):
        await get(door, f"requests/{report.code}.json", 404)
        await get(door, f"tokens/{report.code}.json", 404)
        assert not await get(door, "requests.json", service_request_id=report.code)


async def test_with_a_key_everything(door: Door) -> None:
    (answer,) = await post(door)
    code = answer["service_request_id"]
    (data,) = await get(door, "requests.json", api_key=KEY)
    assert data["service_request_id"] == code
    assert (data["lat"], data["long"]) == (21.32871, 103.91413)
    assert data["description"] == POST["description"] and data["media_url"] == POST["media_url"]
    assert await get(door, f"requests/{code}.json", api_key=KEY) == [data]
    xml = await get(door, f"requests/{code}.xml", api_key=KEY)
    assert xml[0].findtext("description") == POST["description"]


async def test_photo_of_a_released_report_is_its_media(door: Door) -> None:
    photo = "a" * 32
    report = door.report(photos=(photo,))
    (data,) = await get(door, f"requests/{report.code}.json")
    assert data["media_url"].endswith(f"/phan-anh/anh/{photo}")
    assert data["media_url"].startswith("http://127.0.0.1:")


async def test_tokens(door: Door) -> None:
    report = door.report()
    assert await get(door, f"tokens/{report.code}.json") == [
        {"service_request_id": report.code, "token": report.code}
    ]
    (answer,) = await post(door, client_request_id="don.so-1")
    xml = await get(door, "tokens/don.so-1.xml", api_key=KEY)
    assert children(xml[0]) == ["service_request_id", "token"]
    assert xml[0].findtext("service_request_id") == answer["service_request_id"]
    await get(door, "tokens/don.so-1.json", 404, api_key="mot-khoa-khac-dai-hon")
    await get(door, "tokens/don.so-1.json", 404)


async def test_filters(door: Door) -> None:
    old = door.report(1, at=NOW - timedelta(days=100))
    month = door.report(2, at=NOW - timedelta(days=30), category="duong_hong")
    fresh = door.report(3)
    closed = door.report(4, at=NOW - timedelta(hours=1))
    door.desk.resolve(closed.code, "x", "Xong.")

    async def codes(**query: str) -> list[str]:
        found = await get(door, "requests.json", **query)
        return [request["service_request_id"] for request in found]

    def at(days: float) -> str:
        return (NOW - timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert await codes() == [fresh.code, closed.code, month.code]
    assert await codes(service_code="duong_hong") == [month.code]
    assert len(await codes(service_code="duong_hong,rac_thai")) == 3
    assert await codes(service_code="khong_co") == []
    assert await codes(status="closed") == [closed.code]
    assert await codes(status="open") == [fresh.code, month.code]
    assert len(await codes(status="open,closed")) == 3
    assert await codes(start_date=at(110), end_date=at(50)) == [old.code]
    assert await codes(start_date=at(110)) == [month.code, old.code]
    assert await codes(end_date=at(20)) == [month.code, old.code]
    assert await codes(start_date=at(31)) == [fresh.code, closed.code, month.code]
    assert await codes(start_date="", status="", service_code="") == await codes()
    listed = f"{old.code},{month.code}"
    assert await codes(service_request_id=listed, status="closed") == [month.code, old.code]
    local = (NOW - timedelta(days=31)).astimezone(ZONE).isoformat(timespec="seconds")
    async with door.client.get(f"{V2}/requests.json?start_date={local}") as response:
        assert len(await response.json()) == 3  # a plus sign that the client did not escape


async def test_filters_may_be_declared_several_times(door: Door) -> None:
    door.report(1)
    door.report(2, category="duong_hong")
    query = "service_code=duong_hong&service_code=rac_thai"
    async with door.client.get(f"{V2}/requests.json?{query}") as response:
        assert len(await response.json()) == 2


async def test_xml_survives_what_citizens_write(door: Door) -> None:
    report = door.report(
        description="a\x01b \ud83d <script>&amp; ]]> 😀".encode("utf-8", "ignore").decode()
    )
    xml = await get(door, f"requests/{report.code}.xml")
    assert xml[0].findtext("description") == "ab  <script>&amp; ]]> 😀"


async def test_control_characters_are_not_stored(door: Door) -> None:
    (answer,) = await post(door, description="a\x00b\x1bc\r\nd")
    report = door.desk.find(answer["service_request_id"])
    assert report.description.startswith("a b c\nd")


# Load


async def test_200_posts_at_once_are_all_kept_and_fast(door: Door) -> None:
    started = time.perf_counter()
    slots = asyncio.Semaphore(16)

    async def one(number: int) -> str:
        async with slots:
            (answer,) = await post(door, client_request_id=f"tai-{number}")
        return str(answer["service_request_id"])

    codes = await asyncio.gather(*map(one, range(200)))
    seconds = time.perf_counter() - started
    assert len(set(codes)) == 200 == stored(door)
    assert seconds < 12, f"{200 / seconds * 60:.0f} a minute"


async def test_an_outside_address_is_limited(tmp_path: Path, shipped_live: LiveKnowledge) -> None:
    settings = {"trusted_proxy": True, "address_turns_per_second": 2.0}
    async with open_door(tmp_path, shipped_live, **settings) as door:
        headers = {"X-Forwarded-For": "203.0.113.9"}
        statuses = []
        for _ in range(8):
            async with door.client.get(f"{V2}/services.json", headers=headers) as response:
                statuses.append(response.status)
        assert statuses[0] == 200 and statuses[-1] == 429
        assert "Retry-After" in response.headers
