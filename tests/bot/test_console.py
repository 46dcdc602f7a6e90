"""The officers' console, over HTTP, with the shipped knowledge and a database of its own."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import insert, update
from sqlalchemy.engine import Engine

from bot.console import deadlines, query
from bot.console.export import safe_cell
from bot.console.throttle import FREE_TRIES, LONGEST_WAIT, Throttle
from bot.gateway import make_gateway
from bot.keys import DESK, ENGINE
from knowledge.base import KnowledgeBase
from knowledge.live import LiveKnowledge
from reports.codes import check_digit, grouped
from reports.desk import Desk
from reports.errors import ForbiddenChangeError
from reports.model import Draft, EventKind, Report, Status
from reports.tables import report_events, report_photos, reports
from store.settings import Settings
from store.users import Role, Users

PASSWORD = "mat khau dai 1"
NOW = datetime.now(UTC)
NUMBERS = count(1)


@dataclass
class Page:
    """An answer with its text, as a reader sees it."""

    status: int
    text: str
    url: str
    headers: Any

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.text)
        return found[1] if found else ""

    @property
    def words(self) -> str:
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


class Browser:
    """One officer's browser."""

    def __init__(self, server: TestServer) -> None:
        self.client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
        self.csrf = ""

    async def get(self, path: str, **options: Any) -> Page:
        return await self._send("GET", path, **options)

    async def post(self, path: str, fields: dict[str, str] | None = None, **options: Any) -> Page:
        return await self._send("POST", path, data={"csrf": self.csrf} | (fields or {}), **options)

    async def log_in(self, login: str, password: str = PASSWORD, **options: Any) -> Page:
        self.csrf = (await self.get("/canbo/dang-nhap")).csrf
        page = await self.post("/canbo/dang-nhap", {"ten": login, "mat_khau": password}, **options)
        self.csrf = page.csrf
        return page

    async def act(self, report: Report, action: str, **fields: str) -> Page:
        return await self.post(f"/canbo/phan-anh/{report.code}/{action}", fields)

    async def _send(self, method: str, path: str, **options: Any) -> Page:
        async with self.client.request(method, path, **options) as response:
            text = (await response.read()).decode("utf-8", "replace")
            return Page(response.status, text, str(response.url.relative()), response.headers)


@dataclass
class House:
    """The gateway with what stands behind it."""

    server: TestServer
    users: Users
    desk: Desk
    engine: Engine
    base: KnowledgeBase
    browsers: list[Browser]

    def browser(self) -> Browser:
        self.browsers.append(Browser(self.server))
        return self.browsers[-1]

    async def officer(self, role: Role = Role.RECEIVER, unit: str | None = None) -> Browser:
        login = f"canbo{next(NUMBERS)}"
        self.users.add(login, f"Cán bộ {login}", PASSWORD, role, unit)
        browser = self.browser()
        page = await browser.log_in(login)
        assert page.status == 200 and "Đăng xuất" in page.words
        return browser

    def report(self, **values: Any) -> Report:
        draft = {
            "key": f"test-{next(NUMBERS)}",
            "sender": "web:nguoidan",
            "channel": "web",
            "category": "rac_thai",
            "description": "Rác chất đống ba ngày không ai dọn",
            "address": "ngõ 12 đường Lò Văn Giá",
            "area": "phuongtohieu",
        }
        now = values.pop("now", NOW)
        return self.desk.receive(Draft(**(draft | values)), self.base, now)  # type: ignore[arg-type]

    def change(self, report: Report, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(reports).where(reports.c.id == report.id).values(values))


@pytest.fixture
def proxied() -> bool:
    return False


@pytest.fixture
async def house(
    tmp_path: Path, live_knowledge: LiveKnowledge, proxied: bool
) -> AsyncIterator[House]:
    settings = Settings(var=tmp_path, trusted_proxy=proxied, database_url="", _env_file=None)
    application = make_gateway(settings, live_knowledge)
    server = TestServer(application)
    await server.start_server()
    engine = application[ENGINE]
    base = live_knowledge.state.base
    made = House(server, Users(engine), application[DESK], engine, base, [])
    yield made
    for browser in made.browsers:
        await browser.client.close()
    await server.close()


class TestLogIn:
    async def test_pages_lead_to_log_in_and_back(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        browser = house.browser()
        page = await browser.get("/canbo?q=rác")
        assert page.url.startswith("/canbo/dang-nhap?tiep=") and page.status == 200
        onward = re.search(r'name="tiep" value="([^"]+)"', page.text)
        assert onward
        browser.csrf = page.csrf
        fields = {"ten": "lan", "mat_khau": PASSWORD, "tiep": html.unescape(onward[1])}
        page = await browser.post("/canbo/dang-nhap", fields)
        assert page.url.startswith("/canbo?q=")

    @pytest.mark.parametrize(
        "onward", ["https://evil.example", "//evil.example", "/\\evil.example", "/canbo.evil", "/"]
    )
    async def test_log_in_leads_nowhere_else(self, house: House, onward: str) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        browser = house.browser()
        browser.csrf = (await browser.get("/canbo/dang-nhap")).csrf
        fields = {"ten": "lan", "mat_khau": PASSWORD, "tiep": onward}
        page = await browser.post("/canbo/dang-nhap", fields, allow_redirects=False)
        assert (page.status, page.headers["Location"]) == (303, "/canbo")

    async def test_wrong_password_and_unknown_login_look_the_same(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        wrong = await house.browser().log_in("lan", "sai mat khau 1")
        unknown = await house.browser().log_in("nobody", "sai mat khau 1")
        assert wrong.status == unknown.status == 401
        assert wrong.words == unknown.words
        assert 'value="lan"' in wrong.text and "sai mat khau" not in wrong.text

    async def test_cookie_is_kept_from_scripts_and_other_sites(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        page = await house.browser().log_in("lan", allow_redirects=False)
        cookie = next(c for c in page.headers.getall("Set-Cookie") if "motcua_canbo=" in c)
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/canbo" in cookie
        assert "Secure" not in cookie  # plain HTTP, no proxy

    async def test_log_out_ends_the_session(self, house: House) -> None:
        browser = await house.officer()
        jar = {c.key: c.value for c in browser.client.session.cookie_jar}
        page = await browser.post("/canbo/dang-xuat")
        assert "Đã đăng xuất" in page.words
        stolen = await house.browser().get(
            "/canbo", headers={"Cookie": f"motcua_canbo={jar['motcua_canbo']}"}
        )
        assert stolen.url.startswith("/canbo/dang-nhap")

    async def test_disabled_officer_is_out_at_once(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        browser = house.browser()
        await browser.log_in("lan")
        house.users.disable("lan")
        assert (await browser.get("/canbo")).url.startswith("/canbo/dang-nhap")

    async def test_many_failures_must_wait_even_with_the_right_password(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        browser = house.browser()
        for _ in range(FREE_TRIES):
            assert (await browser.log_in("lan", "sai mat khau 1")).status == 401
        page = await browser.log_in("LAN ")
        assert page.status == 429 and int(page.headers["Retry-After"]) >= 1
        assert "chờ" in page.words
        house.users.add("hoa", "Hoa", PASSWORD, Role.RECEIVER)
        assert (await house.browser().log_in("hoa")).status == 200

    async def test_many_at_once_get_no_more_tries(self, house: House) -> None:
        browser = house.browser()
        browser.csrf = (await browser.get("/canbo/dang-nhap")).csrf
        fields = {"ten": "lan", "mat_khau": "sai mat khau 1"}
        tries = [browser.post("/canbo/dang-nhap", fields) for _ in range(15)]
        statuses = [page.status for page in await asyncio.gather(*tries)]
        assert statuses.count(401) == FREE_TRIES and statuses.count(429) == 15 - FREE_TRIES


@pytest.mark.parametrize("proxied", [True])
class TestBehindProxy:
    async def test_failures_count_by_address(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        from_there = {"X-Forwarded-For": "203.0.113.9"}
        for number in range(FREE_TRIES):
            page = await house.browser().log_in(f"ai{number}", "x" * 12, headers=from_there)
            assert page.status == 401
        assert (await house.browser().log_in("lan", headers=from_there)).status == 429
        elsewhere = {"X-Forwarded-For": "203.0.113.10"}
        assert (await house.browser().log_in("lan", headers=elsewhere)).status == 200

    async def test_cookie_is_for_https_only(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        headers = {"X-Forwarded-Proto": "https"}
        page = await house.browser().log_in("lan", headers=headers, allow_redirects=False)
        cookie = next(c for c in page.headers.getall("Set-Cookie") if "motcua_canbo=" in c)
        assert "Secure" in cookie


class TestThrottle:
    def test_wait_grows_and_is_forgotten(self) -> None:
        now = 0.0
        throttle = Throttle(lambda: now)
        for _ in range(FREE_TRIES):
            assert throttle.begin("a") == 0
        waits = []
        for _ in range(12):
            waits.append(throttle.begin("a"))
            now += waits[-1]
            assert throttle.begin("a") == 0
        assert waits == sorted(waits) and waits[0] < waits[3] < waits[-1] == LONGEST_WAIT
        assert throttle.begin("b") == 0
        now += 3601
        assert throttle.begin("a") == 0

    def test_success_clears_the_login_but_not_the_address(self) -> None:
        throttle = Throttle(lambda: 0.0)
        for _ in range(FREE_TRIES - 1):
            throttle.begin("login:a", "address:x")
        throttle.begin("login:b", "address:x")
        throttle.succeeded("login:b", "address:x")
        throttle.begin("login:a", "address:x")
        assert throttle.begin("login:b") == 0
        assert throttle.begin("login:c", "address:x") > 0


class TestForms:
    @pytest.mark.parametrize("csrf", ["", "0" * 64, "ă"])
    async def test_a_form_not_of_this_session_changes_nothing(
        self, house: House, csrf: str
    ) -> None:
        browser, report = await house.officer(), house.report()
        page = await browser.post(f"/canbo/phan-anh/{report.code}/nhan", {"csrf": csrf})
        assert page.status == 403 and "Trang đã cũ" in page.words
        assert house.desk.find(report.code).status is Status.NEW

    async def test_another_officers_form_is_refused(self, house: House) -> None:
        browser, other, report = await house.officer(), await house.officer(), house.report()
        fields = {"csrf": other.csrf}
        page = await browser.post(f"/canbo/phan-anh/{report.code}/nhan", fields)
        assert page.status == 403

    async def test_log_in_and_log_out_need_their_form(self, house: House) -> None:
        house.users.add("lan", "Lan", PASSWORD, Role.RECEIVER)
        fields = {"ten": "lan", "mat_khau": PASSWORD, "csrf": ""}
        assert (await house.browser().post("/canbo/dang-nhap", fields)).status == 403
        browser = await house.officer()
        assert (await browser.post("/canbo/dang-xuat", {"csrf": ""})).status == 403
        assert (await browser.get("/canbo")).url == "/canbo"

    async def test_every_form_that_posts_carries_the_token(self, house: House) -> None:
        browser, report = await house.officer(), house.report()
        for path in ("/canbo", f"/canbo/phan-anh/{report.code}"):
            page = await browser.get(path)
            forms = re.findall(r'<form[^>]*method="post".*?</form>', page.text, re.S)
            assert forms and all(f'name="csrf" value="{browser.csrf}"' in form for form in forms)

    async def test_garbage_is_no_server_error(self, house: House) -> None:
        browser, report = await house.officer(), house.report()
        path = f"/canbo/phan-anh/{report.code}/ghi_chu"
        for body in (b"\xff\xfe=\x00", b"a" * 100_000):
            headers = {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}
            page = await browser.get(path, headers=headers)
            assert page.status == 405
            async with browser.client.post(path, data=body, headers=headers) as response:
                assert response.status in (400, 403, 413)
        page = await browser.act(report, "ghi_chu", loi="nul \x00 và \x1b lẻ")
        assert page.status == 200 and "nul và lẻ" in page.words


class TestRoles:
    async def test_unit_sees_and_changes_its_own_only(self, house: House) -> None:
        own = house.report()
        area = house.report(area="xachiengmung", address="bản Pá Hốc")
        other = house.report(category="duong_hong", description="Ổ gà rất sâu")
        here = await house.officer(Role.UNIT, own.unit)
        everywhere = await house.officer(Role.UNIT, "moi_truong")
        assert own.unit == "moi_truong:phuongtohieu"

        page = await here.get("/canbo")
        assert grouped(own.code) in page.text
        assert grouped(area.code) not in page.text and grouped(other.code) not in page.text
        page = await everywhere.get("/canbo")
        assert grouped(own.code) in page.text and grouped(area.code) in page.text
        assert grouped(other.code) not in page.text

        for report in (area, other):
            page = await here.get(f"/canbo/phan-anh/{report.code}")
            assert page.status == 403 and "đơn vị khác" in page.words
            assert (await here.act(report, "nhan")).status == 403
            assert house.desk.find(report.code).status is Status.NEW
        assert (await everywhere.act(area, "nhan")).status == 200

    async def test_a_unit_cant_widen_its_view_by_the_address(self, house: House) -> None:
        other = house.report(category="duong_hong")
        browser = await house.officer(Role.UNIT, "moi_truong")
        for path in ("/canbo?don_vi=ha_tang", f"/canbo?q={other.code}", "/canbo?trang_thai=tat_ca"):
            assert grouped(other.code) not in (await browser.get(path)).text
        text = (await browser.get("/canbo/xuat.csv?don_vi=ha_tang")).text
        assert grouped(other.code) not in text

    async def test_a_unit_merges_into_its_own_only(self, house: House) -> None:
        own, other = house.report(), house.report(category="duong_hong")
        browser = await house.officer(Role.UNIT, "moi_truong")
        page = await browser.act(own, "gop", ma=other.code)
        assert page.status == 409 and "đơn vị khác" in page.words

    async def test_a_unit_that_passes_on_loses_sight(self, house: House) -> None:
        own = house.report()
        browser = await house.officer(Role.UNIT, "moi_truong")
        page = await browser.act(
            own, "chuyen", don_vi="xa", khu_vuc="phuongtohieu", loi="Không phải việc của tổ"
        )
        assert page.url.startswith("/canbo?da_chuyen=") and "Đã chuyển phản ánh" in page.words
        assert (await browser.get(f"/canbo/phan-anh/{own.code}")).status == 403
        assert house.desk.find(own.code).unit_name == "UBND Phường Tô Hiệu"

    async def test_keeper_of_knowledge_sees_no_reports(self, house: House) -> None:
        report = house.report()
        browser = await house.officer(Role.KNOWLEDGE)
        page = await browser.get("/canbo")
        assert page.url == "/canbo/tri-thuc" and "thủ tục" in page.words
        for path in (f"/canbo/phan-anh/{report.code}", "/canbo/xuat.csv", "/canbo/anh/x"):
            assert (await browser.get(path)).status == 403
        assert (await browser.act(report, "nhan")).status == 403

    async def test_knowledge_page_is_not_for_receivers(self, house: House) -> None:
        assert (await (await house.officer()).get("/canbo/tri-thuc")).status == 403
        admin = await house.officer(Role.ADMIN)
        assert (await admin.get("/canbo/tri-thuc")).status == 200


class TestLife:
    async def test_from_receipt_to_resolution(self, house: House) -> None:
        report, browser = house.report(phone="0912345678"), await house.officer()
        page = await browser.get(f"/canbo/phan-anh/{report.code}")
        facts = (report.description, report.address, report.unit_name, grouped(report.code))
        for shown in (*facts, "Rác thải", "Phường Tô Hiệu", "0912345678", "Chưa tiếp nhận"):
            assert shown in page.words

        page = await browser.act(report, "nhan")
        assert page.status == 200 and "Đã tiếp nhận." in page.words

        page = await browser.act(report, "hoi", loi="Gần số nhà nào?")
        assert "Chờ người dân" in page.words and "Gần số nhà nào?" in page.words
        house.desk.reply(report.code, "web:nguoidan", "Số 12")
        page = await browser.get(f"/canbo/phan-anh/{report.code}")
        assert "Số 12" in page.words and "Người dân trả lời" in page.words

        page = await browser.act(report, "ghi_chu", loi="Đã gọi tổ trưởng")
        assert "Đã lưu ghi chú" in page.words and "Đã gọi tổ trưởng" in page.words

        page = await browser.act(report, "cong_khai")
        assert house.desk.find(report.code).released
        page = await browser.act(report, "thoi_cong_khai")
        assert not house.desk.find(report.code).released
        assert "Gỡ khỏi trang công khai" in page.words

        page = await browser.act(report, "xong", loi="Đã dọn xong\r\nsáng nay")
        done = house.desk.find(report.code)
        assert (done.status, done.answer) == (Status.RESOLVED, "Đã dọn xong\nsáng nay")
        assert "Đúng hạn" in page.words and "Đã xử lý xong" in page.words
        assert house.desk.history(done)[-1].by.startswith("Cán bộ canbo")
        kinds = [event.kind for event in house.desk.history(done)]
        assert kinds == [
            EventKind.RECEIVED, EventKind.ACCEPTED, EventKind.ASKED, EventKind.REPLIED,
            EventKind.NOTED, EventKind.RELEASED, EventKind.RELEASED, EventKind.RESOLVED,
        ]  # fmt: skip
        house.desk.rate(done.code, "web:nguoidan", 5, "Nhanh")
        assert "5/5 điểm: Nhanh" in (await browser.get(f"/canbo/phan-anh/{done.code}")).words

    async def test_passing_on_starts_the_deadline_anew(self, house: House) -> None:
        report = house.report(now=NOW - timedelta(days=30))
        browser = await house.officer()
        page = await browser.act(
            report, "chuyen", don_vi="ha_tang", khu_vuc="xachiengmung", loi="Cần xe xúc"
        )
        assert page.status == 200 and "Đã chuyển đơn vị" in page.words
        passed = house.desk.find(report.code)
        assert passed.unit == "ha_tang:xachiengmung" and "Chiềng Mung" in passed.unit_name
        assert passed.due_at > NOW.replace(tzinfo=None) > report.due_at
        assert "Chuyển tới Phòng Kinh tế" in page.words and "Cần xe xúc" in page.words

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"don_vi": "khong_co"}, "Cần chọn đơn vị"),
            ({"don_vi": "xa"}, "cần chọn xã, phường"),
            ({"don_vi": "xa", "khu_vuc": "phuongtohieu", "loi": "  "}, "Cần viết lý do"),
            ({"don_vi": "moi_truong", "khu_vuc": "phuongtohieu"}, "chính đơn vị này"),
        ],
    )
    async def test_passing_on_to_nowhere(
        self, house: House, fields: dict[str, str], said: str
    ) -> None:
        report, browser = house.report(), await house.officer()
        page = await browser.act(report, "chuyen", **({"loi": "lý do đã viết"} | fields))
        assert page.status == 409 and said in page.words
        assert fields.get("loi", "lý do đã viết").strip() in page.words
        assert house.desk.find(report.code).unit == report.unit

    async def test_merging_by_code_with_a_space_or_by_choice(self, house: House) -> None:
        first, second, third = house.report(), house.report(), house.report()
        browser = await house.officer()
        page = await browser.get(f"/canbo/phan-anh/{second.code}")
        assert f'value="{first.code}"' in page.text
        page = await browser.act(second, "gop", ma=grouped(first.code))
        assert f"Đã gộp vào {grouped(first.code)}" in page.words
        assert (await browser.act(third, "gop", ma_gan=first.code)).status == 200
        assert house.desk.find(first.code).voices == 3
        page = await browser.act(house.report(), "gop", ma="12")
        assert page.status == 409 and "8 chữ số" in page.words

    async def test_refusing_needs_a_reason(self, house: House) -> None:
        report, browser = house.report(), await house.officer()
        page = await browser.act(report, "tu_choi", loi="   ")
        assert page.status == 409 and "Cần viết nội dung" in page.words
        page = await browser.act(report, "tu_choi", loi="Không thấy sự việc")
        assert house.desk.find(report.code).status is Status.REFUSED

    async def test_what_was_typed_is_not_lost_when_somebody_was_quicker(self, house: House) -> None:
        report, browser = house.report(), await house.officer()
        house.desk.resolve(report.code, "Người khác", "Xong rồi")
        page = await browser.act(report, "xong", loi="Câu trả lời dài của tôi")
        assert page.status == 409 and "không còn ở trạng thái" in page.words
        assert "Câu trả lời dài của tôi" in page.words and "Xong rồi" in page.words

    async def test_typed_text_stays_when_the_change_fails(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report, browser = house.report(), await house.officer()

        def fail(*_: object) -> Report:
            raise ForbiddenChangeError("Người khác vừa thay đổi phản ánh này: hãy tải lại trang.")

        monkeypatch.setattr(house.desk, "resolve", fail)
        page = await browser.act(report, "xong", loi='Đã "dọn" <xong>')
        assert page.status == 409 and "Người khác vừa thay đổi" in page.words
        area = re.search(r'<textarea id="loi-xong"[^>]*>\n(.*?)</textarea>', page.text, re.S)
        assert area and html.unescape(area[1]) == 'Đã "dọn" <xong>'

    async def test_templates_are_added_to_what_was_typed(self, house: House) -> None:
        report, browser = house.report(), await house.officer()
        page = await browser.act(report, "mau", mau="xong:1", loi="Kính gửi anh/chị.")
        area = re.search(r'<textarea id="loi-xong"[^>]*>\n(.*?)</textarea>', page.text, re.S)
        assert area is not None
        said = html.unescape(area[1])
        assert said.startswith("Kính gửi anh/chị.\n") and report.unit_name in said
        assert report.address in said and "{" not in said
        for wrong in ("", "xong:99", "xong:-1", "khac:0", "xong:²"):
            assert (await browser.act(report, "mau", mau=wrong)).status == 404
        assert house.desk.find(report.code).status is Status.NEW

    async def test_what_may_not_be_public_is_not_released(self, house: House) -> None:
        report, browser = house.report(category="an_ninh"), await house.officer()
        assert (await browser.act(report, "cong_khai")).status == 409
        assert not house.desk.find(report.code).released

    async def test_every_kind_of_event_has_words(self, house: House) -> None:
        report, browser = house.report(), await house.officer()
        with house.engine.begin() as connection:
            for kind in EventKind:
                values = {"report": report.id, "kind": kind.value, "at": datetime(2026, 1, 1)}
                connection.execute(insert(report_events).values(by="system", **values))
        assert (await browser.get(f"/canbo/phan-anh/{report.code}")).status == 200

    async def test_a_report_with_nothing_optional(self, house: House) -> None:
        report = house.report(sender=None, area=None, channel="la", category="khac", address="")
        browser = await house.officer()
        page = await browser.get(f"/canbo/phan-anh/{report.code}")
        assert page.status == 200 and "không để lại cách liên hệ" in page.words

    async def test_a_category_that_staff_removed(self, house: House) -> None:
        report, browser = house.report(), await house.officer()
        house.change(report, category="da_bo")
        assert (await browser.get("/canbo")).status == 200
        assert (await browser.get(f"/canbo/phan-anh/{report.code}")).status == 200
        fields = {"don_vi": "xa", "khu_vuc": "phuongtohieu", "loi": "x"}
        assert (await browser.act(report, "chuyen", **fields)).status == 200

    async def test_photo_is_for_those_who_may_see_the_report(self, house: House) -> None:
        report = house.report()
        photo = "a" * 32
        with house.engine.begin() as connection:
            connection.execute(
                insert(report_photos).values(id=photo, report=report.id, after=False)
            )
        browser = await house.officer()
        page = await browser.get(f"/canbo/phan-anh/{report.code}")
        assert f"/canbo/anh/{photo}" in page.text
        assert (await browser.get(f"/canbo/anh/{photo}")).status == 404  # no such file
        other = await house.officer(Role.UNIT, "dien_luc")
        assert (await other.get(f"/canbo/anh/{photo}")).status == 403


class TestInbox:
    async def test_most_urgent_first_with_words_for_the_deadline(self, house: House) -> None:
        late, soon, fine = house.report(), house.report(), house.report()
        now = datetime.now(UTC).replace(tzinfo=None)
        house.change(late, due_at=now - timedelta(days=3, minutes=5))
        house.change(soon, due_at=now + timedelta(hours=3, minutes=5))
        house.change(fine, due_at=now + timedelta(days=9, minutes=5))
        browser = await house.officer()
        page = await browser.get("/canbo")
        places = [page.text.index(grouped(r.code)) for r in (late, soon, fine)]
        assert places == sorted(places)
        for shown in ("Quá hạn 3 ngày", "Còn 3 giờ", "Còn 9 ngày", "Quá hạn 1"):
            assert shown in page.words
        page = await browser.get("/canbo?qua_han=1")
        assert grouped(late.code) in page.text and grouped(soon.code) not in page.text

    async def test_filters(self, house: House) -> None:
        rubbish = house.report()
        road = house.report(category="duong_hong", area="xachiengmung")
        done = house.report()
        house.desk.resolve(done.code, "x", "Xong")
        browser = await house.officer()
        for fields, shown in {
            "": {rubbish, road},
            "loai=duong_hong": {road},
            "khu_vuc=phuongtohieu": {rubbish},
            "don_vi=ha_tang": {road},
            "trang_thai=da_xong": {done},
            "trang_thai=tat_ca": {rubbish, road, done},
            "trang_thai=moi&loai=rac_thai": {rubbish},
            "trang_thai=da_nhan": set(),
            "trang_thai=vo_nghia&sau=xyz": {rubbish, road},
            "trang_thai=tat_ca&sau=²": {rubbish, road, done},
        }.items():
            page = await browser.get(f"/canbo?{fields}")
            found = {r.code for r in (rubbish, road, done) if grouped(r.code) in page.text}
            assert found == {r.code for r in shown}, fields

    async def test_code_leads_to_its_report_with_or_without_space(self, house: House) -> None:
        report, browser = house.report(), await house.officer()
        for said in (report.code, grouped(report.code), f"mã {report.code[:4]}.{report.code[4:]}"):
            page = await browser.get("/canbo", params={"q": said})
            assert page.url == f"/canbo/phan-anh/{report.code}"
        wrong = report.code[:-1] + str((int(report.code[-1]) + 1) % 10)
        page = await browser.get("/canbo", params={"q": wrong})
        assert "chữ số sai" in page.words

    async def test_words_are_found_with_and_without_diacritics(self, house: House) -> None:
        road = house.report(description="Ổ gà sâu trước TRƯỜNG mầm non 100%", phone="0912345678")
        house.report()
        browser = await house.officer()
        for said in (
            "mầm non",
            "MAM non",
            "truong o ga",
            "Lò Văn Giá gà",
            "100%",
            "0912345",
            road.code[:5],
        ):
            page = await browser.get("/canbo", params={"q": said})
            assert grouped(road.code) in page.text, said
            assert page.text.count('class="what"') == 1, said
        later = house.report(description="Mầm non mới xây")
        page = await browser.get("/canbo", params={"q": "mam non"})
        assert grouped(later.code) in page.text and grouped(road.code) in page.text
        for said in ("%", "_", "'", '"', "\\", "x' OR 1=1 --", "\0", "a" * 5000):
            page = await browser.get("/canbo", params={"q": said, "trang_thai": "tat_ca"})
            assert page.status == 200

    async def test_pages_of_fifty_show_each_once(self, house: House) -> None:
        made = fill_with_reports(house.engine, 120, statuses=(Status.NEW, Status.ACCEPTED))
        browser = await house.officer()
        for start in ("/canbo", "/canbo?trang_thai=tat_ca"):
            seen: list[str] = []
            path: str | None = start
            while path:
                page = await browser.get(path)
                seen += re.findall(r'class="what" href="/canbo/phan-anh/(\d+)"', page.text)
                onward = re.search(r'href="([^"]+)" rel="next"', page.text)
                path = html.unescape(onward[1]) if onward else None
            assert len(seen) == 120 and set(seen) == made

    async def test_empty(self, house: House) -> None:
        page = await (await house.officer()).get("/canbo?loai=rac_thai")
        assert page.status == 200 and "Không có phản ánh nào" in page.words


class TestExport:
    async def test_table_opens_in_spreadsheets_and_calculates_nothing(self, house: House) -> None:
        danger = house.report(description='=HYPERLINK("http://evil";"bấm")', phone="+84912345678")
        plain = house.report(description='Dòng 1\nDòng 2, có "dấu"', address="@nhà ông Tư")
        browser = await house.officer()
        async with browser.client.get("/canbo/xuat.csv") as response:
            raw = await response.read()
            assert response.headers["Content-Type"].startswith("text/csv")
            assert "attachment" in response.headers["Content-Disposition"]
        assert raw.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
        by_code = {row["Mã"]: row for row in rows}
        assert set(by_code) == {grouped(danger.code), grouped(plain.code)}
        assert by_code[grouped(danger.code)]["Nội dung"].startswith("'=HYPERLINK")
        assert by_code[grouped(danger.code)]["Điện thoại"] == "'+84912345678"
        assert by_code[grouped(plain.code)]["Địa điểm"] == "'@nhà ông Tư"
        assert by_code[grouped(plain.code)]["Nội dung"] == 'Dòng 1\nDòng 2, có "dấu"'
        assert by_code[grouped(plain.code)]["Trạng thái"] == "Chưa tiếp nhận"

    async def test_filters_hold_and_nothing_is_left_out(self, house: House) -> None:
        made = fill_with_reports(house.engine, 2_500)
        other = house.report(category="duong_hong")
        browser = await house.officer()
        text = (await browser.get("/canbo/xuat.csv?loai=rac_thai&trang_thai=tat_ca")).text
        codes = {row["Mã"].replace(" ", "") for row in csv.DictReader(io.StringIO(text[1:]))}
        assert codes == made and other.code not in codes

    @pytest.mark.parametrize("start", list("=+-@\t\r\n"))
    def test_formula(self, start: str) -> None:
        assert safe_cell(f"{start}1+1") == f"'{start}1+1"
        assert safe_cell(f"a{start}") == f"a{start}"


class TestSafety:
    async def test_what_citizens_write_is_shown_as_text(self, house: House) -> None:
        attack = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}'
        report = house.report(description=attack, address=attack, area=None, phone='"><b>')
        twin = house.report(description=attack, address=attack, area=None)
        browser = await house.officer()
        house.desk.ask(report.code, "x", attack)
        house.desk.reply(report.code, "web:nguoidan", attack)
        house.desk.note(twin.code, attack[:80], attack)
        pages = [
            await browser.get("/canbo"),
            await browser.get(f"/canbo/phan-anh/{report.code}"),
            await browser.get(f"/canbo/phan-anh/{twin.code}"),
            await browser.get("/canbo", params={"q": attack}),
            await browser.act(report, "gop", ma=attack),
        ]
        for page in pages:
            assert "<script" not in page.text and "<img src=x" not in page.text
            assert '"><b>' not in page.text
        assert "&lt;script&gt;" in pages[1].text and "{{ 7*7 }}" in pages[1].words

    async def test_pages_keep_to_the_policy(self, house: House) -> None:
        report, browser = house.report(lat=21.3, lon=103.9), await house.officer()
        for path in ("/canbo", f"/canbo/phan-anh/{report.code}", "/canbo/dang-nhap"):
            page = await browser.get(path)
            assert not re.search(r"<script|\sstyle=|\son\w+=|<style", page.text)
            assert page.headers["Cache-Control"] == "no-store"
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    async def test_errors_are_pages_in_vietnamese(self, house: House) -> None:
        browser, report = await house.officer(), house.report()
        places = ("khong-co", "phan-anh/00000000", "phan-anh/..%2f..", "anh/khong")
        for path in (*places, "static/..%2fkeys.py"):
            page = await browser.get(f"/canbo/{path}")
            assert page.status == 404 and "Không có" in page.words, path
            assert page.headers["Content-Type"].startswith("text/html")
        assert (await browser.get("/canbo/static/khong.css")).status == 404
        page = await browser.act(report, "vo_nghia")
        assert page.status == 404
        assert (await browser.get("/canbo/dang-xuat")).status == 405

    async def test_a_fault_of_ours_shows_nothing_of_our_inside(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        browser, report = await house.officer(), house.report()

        def fail(*_: object) -> Report:
            raise RuntimeError("secret inside")

        monkeypatch.setattr(house.desk, "find", fail)
        page = await browser.get(f"/canbo/phan-anh/{report.code}")
        assert page.status == 500 and "Hệ thống gặp lỗi" in page.words
        assert "secret" not in page.text and "Traceback" not in page.text

    async def test_stylesheet_needs_no_session_and_may_be_kept(self, house: House) -> None:
        page = await house.browser().get("/canbo/static/console.css")
        assert page.status == 200 and "max-age" in page.headers["Cache-Control"]


class TestDeadlines:
    @pytest.mark.parametrize(
        ("left", "level", "text", "number"),
        [
            (timedelta(seconds=-10), "late", "qua_han_phut", 1),
            (timedelta(minutes=-90), "late", "qua_han_gio", 1),
            (timedelta(days=-2, minutes=-1), "late", "qua_han_ngay", 2),
            (timedelta(minutes=20), "soon", "con_phut", 20),
            (timedelta(hours=3, minutes=59), "soon", "con_gio", 3),
            (timedelta(hours=30), "soon", "con_gio", 30),
            (timedelta(days=6), "fine", "con_ngay", 6),
        ],
    )
    def test_standing(
        self, house: House, left: timedelta, level: str, text: str, number: int
    ) -> None:
        report = house.report(now=NOW - timedelta(days=5))
        now = report.due_at
        house.change(report, due_at=now + left)
        changed = house.desk.find(report.code)
        assert deadlines.standing(changed, now, 75) == (
            deadlines.Standing(deadlines.Level(level), text, number)
        )

    async def test_late_and_in_time_after_the_end(self, house: House) -> None:
        report = house.report()
        house.desk.resolve(report.code, "x", "Xong")
        done = house.desk.find(report.code)
        assert deadlines.standing(done, done.due_at, 75).text == "dung_han"
        house.change(report, due_at=done.received_at - timedelta(hours=1))
        late = house.desk.find(report.code)
        assert deadlines.standing(late, done.due_at, 75).text == "tre_han"


def fill_with_reports(
    engine: Engine, number: int, statuses: tuple[Status, ...] = tuple(Status)
) -> set[str]:
    """Many reports at once, without history; returns their codes."""
    start = datetime.now(UTC).replace(tzinfo=None)
    units = [f"moi_truong:{area}" for area in ("phuongtohieu", "xachiengmung", "xamaison")]
    rows = []
    for i in range(number):
        payload = str(2_000_000 + i)
        rows.append(
            {
                "key": f"fill-{i}", "code": payload + check_digit(payload), "urgency": "sớm",
                "status": statuses[i % len(statuses)].value, "category": "rac_thai",
                "description": f"Rác chất đống trước cổng số {i}, đã báo nhiều lần mà chưa ai dọn",
                "address": f"ngõ {i % 500} đường Lò Văn Giá", "area": "phuongtohieu",
                "area_name": "Phường Tô Hiệu", "unit": units[i % 3], "unit_name": "Tổ vệ sinh",
                "channel": "web", "sender": f"web:{i}", "received_at": start,
                "accept_by": start, "due_at": start + timedelta(minutes=i % 40),
                "updated_at": start, "released": False, "voices": 1, "closed_at": None,
            }
        )  # fmt: skip
        if not statuses[i % len(statuses)].open:
            late = timedelta(days=1 if i % 20 == 0 else -1)
            rows[-1] |= {"closed_at": start - timedelta(days=30) + late}
            rows[-1] |= {"due_at": start - timedelta(days=30)}
    with engine.begin() as connection:
        for begin in range(0, number, 10_000):
            connection.execute(insert(reports), rows[begin : begin + 10_000])
    return {row["code"] for row in rows}


@pytest.mark.soak
async def test_pages_are_quick_among_a_hundred_thousand_reports(house: House) -> None:
    codes = await asyncio.to_thread(fill_with_reports, house.engine, 100_000)
    everything, unit = await house.officer(), await house.officer(Role.UNIT, "moi_truong")
    query.search.keep_up(house.engine)
    last = f"&sau={datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=30):%FT%T}_0"
    paths = [
        "/canbo", "/canbo?qua_han=1", "/canbo?trang_thai=tat_ca", "/canbo?trang_thai=da_xong",
        "/canbo?khu_vuc=phuongtohieu", "/canbo?loai=duong_hong", "/canbo?don_vi=ha_tang",
        "/canbo?q=cong+so+99999", "/canbo?q=khong+co+dau&trang_thai=tat_ca",
        "/canbo?trang_thai=tat_ca&loai=duong_hong", f"/canbo?trang_thai=moi{last}",
        "/canbo?trang_thai=tat_ca&qua_han=1", f"/canbo/phan-anh/{min(codes)}",
    ]  # fmt: skip
    slow: dict[str, float] = {}
    for browser in (everything, unit):
        for path in paths:
            spent = min([await _timed(browser.get, path) for _ in range(5)])
            print(f"{spent * 1000:6.0f} ms  {path}")
            if spent > 0.2:
                slow[path] = spent
    assert not slow


async def _timed(get: Callable[..., Any], path: str) -> float:
    """Seconds of work in server and browser: what an idle machine takes, other tests or not."""
    started = time.process_time()
    assert (await get(path)).status == 200
    return time.process_time() - started
