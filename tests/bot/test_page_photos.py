"""Photos and position in the web chat, in a real browser."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from knowledge.base import KnowledgeBase
from tests.bot.test_page import ARGUMENTS, CHROMIUM, PATIENCE, Chat
from tests.processes import Running

if TYPE_CHECKING:
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        FilePayload,
        Geolocation,
        Locator,
        Page,
        Request,
        Route,
    )

pytestmark = pytest.mark.slow

REPORT = "Ô tô đỗ kín ngõ 308 đường Chu Văn Thịnh phường Chiềng Lề từ sáng"
REPORT_WITHOUT_PLACE = "Ô tô đỗ kín lối đi từ sáng"
HERE: Geolocation = {"latitude": 21.3281234567, "longitude": 103.9101234567}
CODE = re.compile(r"\b\d{4}[ .-]?\d{4}\b")
MESSAGES = "**/api/v1/messages"
UPLOADS = "**/api/v1/uploads?*"


def photo(name: str = "anh.jpg", size: tuple[int, int] = (320, 240)) -> FilePayload:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def sent_body(request: Request) -> dict[str, Any]:
    body = request.post_data_json
    assert isinstance(body, dict)
    return body


class ReportingChat(Chat):
    """The page with what can be added to a message."""

    def __init__(self, page: Page, shipped: KnowledgeBase) -> None:
        super().__init__(page, shipped)
        self.files = page.locator("input[type=file]")
        self.add_photo = page.get_by_role("button", name=self.words["them_anh"])
        self.add_place = page.get_by_role("button", name=self.words["them_vi_tri"])
        self.tray = page.get_by_role("list", name=self.words["gui_kem"])
        self.notice = page.locator("#notice")

    def attach(self, *photos: FilePayload) -> None:
        before = self.tray.locator("img").count()
        self.files.set_input_files(list(photos))
        self.tray.locator("img[src^='blob:']").nth(before + len(photos) - 1).wait_for()

    def locate(self) -> None:
        self.add_place.click()
        self.tray.get_by_text(self.words["vi_tri"], exact=True).wait_for()

    def told(self, key: str, **values: object) -> None:
        """Wait for a notice above the text box."""
        self.notice.get_by_text(self.words[key].format(**values), exact=True).wait_for()

    def press(self, title: str) -> Locator:
        before = self.replies.count()
        self.choices().get_by_text(title, exact=True).click()
        return self.next_reply(before)

    def submit(self) -> Locator:
        before = self.replies.count()
        self.send.click()
        return self.next_reply(before)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        locale="vi-VN",
        viewport={"width": 390, "height": 780},
        geolocation=HERE,
        permissions=["geolocation"],
    )
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def faults() -> list[str]:
    """What the console complained about; a test that provokes complaints clears them."""
    return []


@pytest.fixture
def chat(
    context: BrowserContext, running: Running, shipped: KnowledgeBase, faults: list[str]
) -> Iterator[ReportingChat]:
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: faults.append(message.text) if message.type == "error" else None,
    )
    page.goto(running.url)
    yield ReportingChat(page, shipped)
    assert not faults, "the page's script or policy failed"


def stored(running: Running, code: str) -> sqlite3.Row:
    """A report's row."""
    (database,) = running.var.glob("*.db")
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        digits = re.sub(r"\D", "", code)
        row = connection.execute("select * from reports where code = ?", (digits,)).fetchone()
        assert isinstance(row, sqlite3.Row)
        return row
    finally:
        connection.close()


def receipt(chat: ReportingChat, shipped: KnowledgeBase, reply: Locator) -> str:
    """Confirm what was read back, passing over what may be asked before; gives the code."""
    send, other, skip = (
        shipped.prompts.text(f"pa_nut_{name}") for name in ("gui", "viec_khac", "bo_qua")
    )
    for _ in range(5):
        offered = [title.strip() for title in chat.choices().all_inner_texts()]
        title = next((each for each in (other, skip, send) if each in offered), None)
        assert title, reply.inner_text()
        reply = chat.press(title)
        if title == send:
            break
    code = CODE.search(reply.inner_text())
    assert code, reply.inner_text()
    return code[0]


class TestReport:
    def test_words_and_photo_make_a_report(
        self, chat: ReportingChat, shipped: KnowledgeBase, running: Running, tmp_path: Path
    ) -> None:
        chat.attach(photo())
        chat.field.fill(REPORT)
        chat.page.screenshot(path=tmp_path / "before.png")
        reply = chat.submit()
        bubble = chat.log.locator(".bubble").first
        assert bubble.inner_text().strip() == REPORT
        assert bubble.locator("img").evaluate("image => image.naturalWidth") == 320
        assert chat.tray.count() == 0 and chat.field.input_value() == ""
        chat.page.screenshot(path=tmp_path / "sent.png")
        code = receipt(chat, shipped, reply)
        chat.page.screenshot(path=tmp_path / "after.png")
        assert "1 ảnh" in chat.log.inner_text()
        assert REPORT in stored(running, code)["description"]
        assert list((running.var / "photos").rglob("*.jpg"))

    def test_position_alone_says_where(
        self, chat: ReportingChat, shipped: KnowledgeBase, running: Running
    ) -> None:
        chat.ask(REPORT_WITHOUT_PLACE)
        chat.locate()
        reply = chat.submit()
        assert chat.said()[1].strip() == chat.words["vi_tri"]
        for _ in range(2):  # the commune, where the position doesn't tell
            if chat.choices().count():
                break
            reply = chat.ask("không rõ")
        row = stored(running, receipt(chat, shipped, reply))
        assert (row["lat"], row["lon"]) == (21.328123, 103.910123)

    def test_history_says_what_had_no_words(self, chat: ReportingChat) -> None:
        chat.attach(photo())
        chat.submit()
        chat.locate()
        chat.submit()
        chat.attach(photo())
        chat.locate()
        chat.submit()
        answers = chat.replies.count()
        chat.page.reload()
        chat.next_reply(answers - 1)
        keys = ("da_gui_anh", "da_gui_vi_tri", "da_gui_anh_vi_tri")
        assert chat.said() == [chat.words[key] for key in keys]
        assert chat.log.locator(".officer").count() == 0

    def test_news_are_not_taken_from_a_message_without_words(self, chat: ReportingChat) -> None:
        chat.locate()
        chat.submit()
        shown = chat.replies.count()
        with chat.page.expect_response(lambda response: "after=" in response.url):
            chat.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        chat.page.wait_for_timeout(300)
        assert chat.replies.count() == shown
        assert chat.log.locator(".officer").count() == 0


class TestPhotos:
    def test_large_photos_are_made_smaller_first(self, chat: ReportingChat) -> None:
        with chat.page.expect_request(UPLOADS) as sent:
            chat.attach(photo(size=(4000, 3000)))
            chat.submit()
        assert sent.value.headers["content-type"] == "image/jpeg"
        size = chat.log.locator(".bubble img").evaluate("i => [i.naturalWidth, i.naturalHeight]")
        assert size == [1600, 1200]

    def test_all_photos_go_with_the_message(self, chat: ReportingChat) -> None:
        chat.attach(photo("1.jpg"), photo("2.jpg"))
        chat.attach(photo("3.jpg"))
        with chat.page.expect_request(MESSAGES) as sent:
            chat.send.click()
        body = sent_body(sent.value)
        assert len(set(body["attachments"])) == 3 and body["text"] == ""
        chat.next_reply(0)

    def test_no_more_than_five(self, chat: ReportingChat) -> None:
        chat.files.set_input_files([photo(f"{number}.jpg") for number in range(6)])
        chat.told("anh_toi_da", so=5)
        assert chat.tray.locator("img").count() == 5

    def test_a_photo_can_be_taken_back(self, chat: ReportingChat) -> None:
        chat.attach(photo("1.jpg"), photo("2.jpg"))
        chat.page.get_by_role("button", name=chat.words["bo_anh"].format(so=1)).click()
        assert chat.tray.locator("img").count() == 1
        assert chat.add_photo.evaluate("button => button === document.activeElement")
        chat.page.get_by_role("button", name=chat.words["bo_anh"].format(so=1)).click()
        assert chat.tray.count() == 0
        chat.send.click()
        assert chat.said() == []

    def test_what_is_no_picture_is_refused_at_once(self, chat: ReportingChat) -> None:
        chat.files.set_input_files(
            {"name": "don.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
        )
        chat.told("anh_khac_loai")
        assert chat.tray.count() == 0

    def test_a_photo_that_the_server_refuses_leaves_the_words(
        self, chat: ReportingChat, shipped: KnowledgeBase, faults: list[str]
    ) -> None:
        damaged = photo()
        chat.files.set_input_files({**damaged, "buffer": damaged["buffer"][:200]})
        chat.tray.locator("img").wait_for()
        chat.field.fill(REPORT)
        chat.submit()
        reason = shipped.prompts.text("anh_hong")
        assert chat.log.locator(".state").inner_text() == reason
        faults.clear()  # the browser tells of each 400

    def test_an_upload_is_tried_again(self, chat: ReportingChat, faults: list[str]) -> None:
        tries: list[str] = []

        def once_broken(route: Route) -> None:
            tries.append(route.request.url)
            route.abort() if len(tries) == 1 else route.continue_()

        chat.page.route(UPLOADS, once_broken)
        chat.attach(photo())
        with chat.page.expect_request(MESSAGES) as sent:
            chat.send.click()
        assert len(sent_body(sent.value)["attachments"]) == 1
        assert len(tries) == 2
        chat.next_reply(0)
        faults.clear()

    def test_without_network_photos_wait(
        self, context: BrowserContext, chat: ReportingChat
    ) -> None:
        context.set_offline(True)
        chat.attach(photo())
        chat.send.click()
        chat.log.get_by_text(chat.words["cho_mang"], exact=True).wait_for()
        with chat.page.expect_request(MESSAGES) as sent:
            context.set_offline(False)
        assert len(sent_body(sent.value)["attachments"]) == 1
        chat.next_reply(0)

    def test_a_reload_before_sending_keeps_the_words_and_tells_of_the_photo(
        self, chat: ReportingChat, faults: list[str]
    ) -> None:
        chat.page.route(UPLOADS, lambda route: route.abort())
        chat.attach(photo())
        chat.field.fill(REPORT)
        chat.send.click()
        chat.log.get_by_text(chat.words["dang_thu_lai"], exact=True).wait_for()
        chat.page.unroute(UPLOADS)
        chat.page.reload()
        chat.next_reply(0)
        chat.told("anh_khong_gui_duoc")
        assert chat.said() == [REPORT]
        faults.clear()


class TestPosition:
    def test_goes_with_words(self, chat: ReportingChat) -> None:
        chat.locate()
        chat.field.fill(REPORT)
        with chat.page.expect_request(MESSAGES) as sent:
            chat.submit()
        assert sent_body(sent.value)["location"] == {"lat": 21.328123, "lon": 103.910123}
        assert [line.strip() for line in chat.said()[0].split("\n") if line.strip()] == [
            REPORT,
            chat.words["vi_tri"],
        ]

    def test_can_be_taken_back(self, chat: ReportingChat) -> None:
        chat.locate()
        chat.page.get_by_role("button", name=chat.words["bo_vi_tri"]).click()
        assert chat.tray.count() == 0
        assert chat.add_place.evaluate("button => button === document.activeElement")

    def test_refused(self, context: BrowserContext, chat: ReportingChat) -> None:
        context.clear_permissions()
        context.grant_permissions(["notifications"])  # what isn't granted is refused
        chat.add_place.click()
        chat.told("vi_tri_bi_chan")
        assert chat.tray.count() == 0

    def test_unavailable(self, context: BrowserContext, chat: ReportingChat) -> None:
        context.set_geolocation(None)
        chat.add_place.click()
        chat.told("vi_tri_khong_co")
        assert chat.tray.count() == 0

    def test_a_message_waits_for_the_position_that_was_asked_for(self, chat: ReportingChat) -> None:
        chat.page.evaluate(
            """() => {
              navigator.geolocation.getCurrentPosition = (found) => {
                window.located = () => found({ coords: { latitude: 21, longitude: 104 } });
              };
            }"""
        )
        chat.add_place.click()
        chat.field.fill(REPORT)
        chat.send.click()
        chat.told("cho_vi_tri")
        assert chat.said() == []
        with chat.page.expect_request(MESSAGES) as sent:
            chat.page.evaluate("window.located()")
        assert sent_body(sent.value)["location"] == {"lat": 21, "lon": 104}
        chat.next_reply(0)


class TestAccess:
    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_controls_are_large_and_nothing_sticks_out(
        self, chat: ReportingChat, width: int
    ) -> None:
        chat.page.set_viewport_size({"width": width, "height": 700})
        chat.attach(*(photo(f"{number}.jpg") for number in range(5)))
        chat.locate()
        for control in [chat.add_photo, chat.add_place, *chat.tray.get_by_role("button").all()]:
            box = control.bounding_box()
            assert box and box["height"] >= 44 and box["width"] >= 44
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_keyboard_reaches_them_after_the_send_button(self, chat: ReportingChat) -> None:
        chat.send.focus()
        for control in (chat.add_photo, chat.add_place):
            chat.page.keyboard.press("Tab")
            assert control.evaluate("button => button === document.activeElement")
        chat.page.keyboard.press("Enter")
        chat.told("da_co_vi_tri")

    def test_without_script_they_are_not_offered(
        self, browser: Browser, running: Running, shipped: KnowledgeBase
    ) -> None:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(running.url)
        chat = ReportingChat(page, shipped)
        assert not chat.add_photo.is_visible() and not chat.add_place.is_visible()
        context.close()
