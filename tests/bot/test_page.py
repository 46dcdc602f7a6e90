"""The web chat in a real browser, and without script."""

from __future__ import annotations

import gzip
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.pages import page_texts
from knowledge.base import KnowledgeBase
from tests.processes import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytestmark = pytest.mark.slow

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
FIRST_PAGE_BYTES = 60 * 1024
BIRTH_DOCUMENTS = "lam giay khai sinh cho con can nhung gi"
PATIENCE = 15_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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
    opened = browser.new_context(locale="vi-VN", viewport={"width": 390, "height": 780})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, running: Running) -> Iterator[Page]:
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda message: faults.append(message.text) if message.type == "error" else None,
    )
    opened.goto(running.url)
    yield opened
    assert not faults, "the page's script or policy failed"


class Chat:
    """The page as a citizen sees it: by roles and labels."""

    def __init__(self, page: Page, shipped: KnowledgeBase) -> None:
        self.page = page
        self.words = page_texts(shipped.prompts)
        self.log = page.get_by_role("log", name=self.words["hoi_thoai"])
        self.field = page.get_by_label(self.words["o_viet"])
        self.send = page.get_by_role("button", name=self.words["gui"], exact=True)
        self.replies = self.log.locator(".reply")

    def ask(self, text: str) -> Locator:
        before = self.replies.count()
        self.field.fill(text)
        self.send.click()
        return self.next_reply(before)

    def next_reply(self, before: int) -> Locator:
        reply = self.replies.nth(before)
        reply.wait_for()
        return reply

    def choices(self) -> Locator:
        """The buttons that can be pressed now."""
        return self.log.get_by_role("group", name=self.words["chon_tiep"]).locator("button:enabled")

    def said(self) -> list[str]:
        return self.log.locator(".bubble").all_inner_texts()


@pytest.fixture
def chat(page: Page, shipped: KnowledgeBase) -> Chat:
    return Chat(page, shipped)


class TestConversation:
    def test_question_answer_with_source_and_next_question(self, chat: Chat) -> None:
        reply = chat.ask(BIRTH_DOCUMENTS)
        assert "Giấy chứng sinh" in reply.inner_text()
        source = reply.get_by_role("link", name=chat.words["nguon_cong"])
        assert (source.get_attribute("href") or "").startswith("https://dichvucong.gov.vn/")
        assert "noopener" in (source.get_attribute("rel") or "")
        assert re.search(r"\d\d/\d\d/2026", reply.inner_text())

        button = chat.choices().first
        title = button.inner_text().strip()
        before = chat.replies.count()
        button.click()
        assert chat.next_reply(before).inner_text() != reply.inner_text()
        assert chat.said() == [BIRTH_DOCUMENTS, title]

    def test_a_question_back_has_a_button_for_each_choice(
        self, chat: Chat, ambiguous: tuple[str, dict[str, Any]]
    ) -> None:
        question, expected = ambiguous
        reply = chat.ask(question)
        titles = [button["title"] for button in expected["buttons"]]
        shown = chat.choices().all_inner_texts()
        assert [text.split("\n")[-1].strip() for text in shown] == titles
        before = chat.replies.count()
        chat.choices().last.click()
        assert chat.next_reply(before).inner_text() != reply.inner_text()
        assert chat.said() == [question, titles[-1]]
        # What was chosen among can't be pressed twice.
        first_turn = chat.log.locator(".turn").first
        assert first_turn.locator("button:enabled").count() == 0
        assert reply.is_visible()

    def test_an_example_is_asked_by_one_click(self, chat: Chat) -> None:
        example = chat.log.get_by_role("button").first
        example.click()
        chat.next_reply(0)
        assert len(chat.said()) == 1

    def test_emergency_offers_the_numbers_to_call(self, chat: Chat) -> None:
        reply = chat.ask("có cháy nhà cứu với")
        for number in ("113", "114", "115"):
            assert reply.locator(f"a[href='tel:{number}']").is_visible()

    def test_nothing_is_sent_when_nothing_is_written(self, chat: Chat) -> None:
        chat.send.click()
        chat.field.fill("   ")
        chat.send.click()
        assert chat.said() == []


class TestSafety:
    @pytest.mark.parametrize(
        "text",
        [
            "<script>window.harmed = 1</script>",
            "<img src=x onerror='window.harmed = 1'>",
            "\"><svg onload='window.harmed = 1'>",
            "javascript:window.harmed=1 https://x.vn/'onclick='window.harmed=1",
        ],
    )
    def test_what_a_citizen_writes_stays_text(self, chat: Chat, text: str) -> None:
        chat.ask(text)
        assert chat.said() == [text]
        assert chat.log.locator(".bubble script, .bubble img, .bubble svg").count() == 0
        assert chat.page.evaluate("window.harmed === undefined")
        chat.page.reload()
        chat.next_reply(0)
        assert chat.said() == [text]
        assert chat.page.evaluate("window.harmed === undefined")

    def test_only_our_own_server_is_asked(
        self, context: BrowserContext, running: Running, shipped: KnowledgeBase
    ) -> None:
        asked: list[str] = []
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(running.url)
        Chat(page, shipped).ask(BIRTH_DOCUMENTS)
        assert asked and all(url.startswith((running.url, "data:")) for url in asked)


class TestAccess:
    def test_keyboard_alone_suffices(self, chat: Chat) -> None:
        keyboard = chat.page.keyboard
        for _ in range(30):
            keyboard.press("Tab")
            if chat.field.evaluate("field => field === document.activeElement"):
                break
        else:
            pytest.fail("the field for the question can't be reached with Tab")
        keyboard.type(BIRTH_DOCUMENTS)
        keyboard.press("Enter")
        chat.next_reply(0)

        button = chat.choices().first
        for _ in range(30):
            keyboard.press("Shift+Tab")
            if button.evaluate("button => button === document.activeElement"):
                break
        else:
            pytest.fail("the buttons of an answer can't be reached with Tab")
        outline = button.evaluate(
            "b => [getComputedStyle(b).outlineStyle, getComputedStyle(b).boxShadow].join()"
        )
        assert outline != "none,none", "the focus can't be seen"
        keyboard.press("Enter")
        chat.next_reply(1)
        assert len(chat.said()) == 2

    def test_shift_enter_starts_a_new_line(self, chat: Chat) -> None:
        chat.field.fill("dòng một")
        chat.field.press("Shift+Enter")
        assert chat.said() == []
        assert "\n" in chat.field.input_value()

    def test_every_control_has_a_name_and_the_page_a_language(self, chat: Chat) -> None:
        chat.ask(BIRTH_DOCUMENTS)
        assert chat.page.locator("html").get_attribute("lang") == "vi"
        for control in chat.page.get_by_role("button").all():
            name = control.get_attribute("aria-label") or control.inner_text()
            assert name.strip()
        assert chat.page.get_by_role("heading", level=1).count() == 1
        assert chat.log.get_attribute("aria-live") in (None, "polite")  # role=log is polite

    def test_controls_are_large_enough_for_a_thumb(self, chat: Chat) -> None:
        chat.ask(BIRTH_DOCUMENTS)
        for control in [chat.send, *chat.choices().all()]:
            box = control.bounding_box()
            assert box and box["height"] >= 40 and box["width"] >= 40

    @pytest.mark.parametrize("width", [320, 390, 1280])
    def test_nothing_sticks_out_sideways(self, chat: Chat, width: int) -> None:
        chat.page.set_viewport_size({"width": width, "height": 700})
        chat.ask(BIRTH_DOCUMENTS)
        assert chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_letters_can_be_made_larger_and_stay_so(self, chat: Chat) -> None:
        size = "parseFloat(getComputedStyle(document.querySelector('textarea')).fontSize)"
        before = chat.page.evaluate(size)
        chat.page.get_by_role("button", name=chat.words["chu_to"]).click()
        larger = chat.page.evaluate(size)
        assert larger > before
        chat.page.reload()
        assert chat.page.evaluate(size) == larger


class TestMemory:
    def test_a_reload_keeps_the_conversation(self, chat: Chat) -> None:
        answer = chat.ask(BIRTH_DOCUMENTS).inner_text()
        chat.page.reload()
        assert chat.next_reply(0).inner_text() == answer
        assert chat.said() == [BIRTH_DOCUMENTS]
        before = chat.replies.count()
        reply = chat.ask("mất bao nhiêu tiền")
        assert before == 1 and "khai sinh" in reply.inner_text()

    def test_a_button_can_be_pressed_after_a_reload(self, chat: Chat) -> None:
        chat.ask(BIRTH_DOCUMENTS)
        chat.page.reload()
        chat.next_reply(0)
        chat.choices().first.click()
        chat.next_reply(1)

    def test_another_visitor_starts_anew(
        self, chat: Chat, browser: Browser, running: Running, shipped: KnowledgeBase
    ) -> None:
        chat.ask(BIRTH_DOCUMENTS)
        other = browser.new_context()
        page = other.new_page()
        page.goto(running.url)
        stranger = Chat(page, shipped)
        assert stranger.said() == []
        other.close()

    def test_what_is_written_without_network_is_sent_later(
        self, context: BrowserContext, chat: Chat
    ) -> None:
        context.set_offline(True)
        chat.field.fill(BIRTH_DOCUMENTS)
        chat.send.click()
        assert chat.said() == [BIRTH_DOCUMENTS]
        assert chat.replies.count() == 0
        context.set_offline(False)
        assert "Giấy chứng sinh" in chat.next_reply(0).inner_text()
        assert chat.said() == [BIRTH_DOCUMENTS]


class TestLooks:
    @staticmethod
    def brightness(page: Page) -> float:
        colour = page.evaluate(
            """() => {
              for (const element of [document.body, document.documentElement]) {
                const colour = getComputedStyle(element).backgroundColor;
                if (!/, 0\\)$|transparent/.test(colour)) return colour;
              }
              return "rgb(255, 255, 255)";
            }"""
        )
        red, green, blue = map(float, re.findall(r"[\d.]+", colour)[:3])
        return (red + green + blue) / 765

    def test_follows_the_dark_scheme_and_the_citizens_choice(self, chat: Chat) -> None:
        page = chat.page
        assert self.brightness(page) > 0.8
        page.emulate_media(color_scheme="dark")
        assert self.brightness(page) < 0.3
        page.get_by_role("button", name=chat.words["nen_sang"]).click()
        assert self.brightness(page) > 0.8
        page.reload()
        assert self.brightness(page) > 0.8

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_stands_out_from_its_ground(self, chat: Chat, scheme: str) -> None:
        chat.page.emulate_media(color_scheme=scheme)
        chat.ask(BIRTH_DOCUMENTS)
        ratio = chat.page.evaluate(
            """() => {
              const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
              const light = (colour) => channels(colour).slice(0, 3)
                .map((c) => c / 255)
                .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
              const ground = (element) => {
                for (let e = element; e; e = e.parentElement) {
                  const colour = getComputedStyle(e).backgroundColor;
                  const alpha = channels(colour)[3];
                  if (alpha === undefined || alpha === 1) return colour;
                }
                return "rgb(255, 255, 255)";
              };
              const worst = [...document.querySelectorAll(".line, .bubble, .source, .choice span")]
                .filter((e) => e.offsetParent && getComputedStyle(e).color.startsWith("rgb("))
                .map((e) => [light(getComputedStyle(e).color), light(ground(e))].sort())
                .map(([dark, bright]) => (Math.max(dark, bright) + 0.05) /
                  (Math.min(dark, bright) + 0.05));
              return Math.min(...worst);
            }"""
        )
        assert ratio >= 4.5


class TestWithoutScript:
    def test_question_and_button(
        self, browser: Browser, running: Running, shipped: KnowledgeBase
    ) -> None:
        context = browser.new_context(java_script_enabled=False)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto(running.url)
        chat = Chat(page, shipped)
        chat.field.fill(BIRTH_DOCUMENTS)
        chat.send.click()
        reply = chat.next_reply(0)
        assert "Giấy chứng sinh" in reply.inner_text()
        assert reply.get_by_role("link", name=chat.words["nguon_cong"]).is_visible()
        shown = reply.inner_text()
        chat.choices().first.click()
        page.wait_for_load_state()
        assert chat.next_reply(0).inner_text() != shown
        chat.field.fill("mất mấy ngày")
        chat.send.click()
        chat.log.get_by_text("mất mấy ngày", exact=True).wait_for()
        assert "khai sinh" in chat.replies.first.inner_text()  # it knows what was talked about
        chat.field.fill("<b onclick=x>a</b>")
        chat.send.click()
        chat.log.get_by_text("<b onclick=x>a</b>").wait_for()
        context.close()

    @pytest.mark.parametrize(
        ("body", "headers", "status"),
        [
            (b"text=", FORM, 400),
            (b"", FORM, 400),
            (b"text=a&sender=a+b", FORM, 400),
            (b"text=\xff\xfe", FORM, 400),
            (b"text=a", {"Content-Type": f"{FORM['Content-Type']}; charset=nonsense"}, 400),
            (b"text=a", {"Content-Type": "multipart/form-data"}, 400),
            (b"text=a", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
            (b"text=a&payload=" + b"p" * 2000, FORM, 400),
            (b"text=" + b"a" * 2001, FORM, 413),
            (b"text=" + b"a" * 200_000, FORM, 413),
        ],
    )
    def test_bad_forms_are_refused(
        self, running: Running, body: bytes, headers: dict[str, str], status: int
    ) -> None:
        request = urllib.request.Request(f"{running.url}/chat", body, headers)
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=30)
        assert refusal.value.code == status
        text = refusal.value.read().decode()
        assert "message" in text and "Traceback" not in text

    def test_a_form_is_answered_as_text(self, running: Running) -> None:
        body = urllib.parse.urlencode({"text": "<script>alert(1)</script>"}).encode()
        with urllib.request.urlopen(f"{running.url}/chat", body, timeout=30) as response:
            text = response.read().decode()
        assert "<script>alert" not in text and "&lt;script&gt;" in text


class TestWeight:
    @staticmethod
    def fetch(url: str) -> tuple[bytes, dict[str, str]]:
        request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read(), dict(response.headers)

    def test_the_first_page_is_light(self, running: Running) -> None:
        raw, headers = self.fetch(running.url)
        assert headers["Content-Encoding"] == "gzip"
        html = gzip.decompress(raw).decode()
        assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', html)
        assert len(assets) >= 2
        total = len(raw)
        for asset in assets:
            content, asset_headers = self.fetch(running.url + asset)
            if asset_headers.get("Content-Encoding") != "gzip":
                content = gzip.compress(content)
            total += len(content)
        assert total < FIRST_PAGE_BYTES

    def test_assets_are_cached_by_version_and_the_page_never(self, running: Running) -> None:
        raw, headers = self.fetch(running.url)
        assert headers["Cache-Control"] == "no-store"
        for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(raw).decode()):
            assert re.search(r"\?v=[0-9a-f]{8,}$", asset)
            assert "max-age=" in self.fetch(running.url + asset)[1]["Cache-Control"]

    def test_every_visitor_gets_a_name_of_their_own(self, running: Running) -> None:
        pattern = re.compile(r'name="sender" value="([0-9a-f]{32})"')
        found = [
            set(pattern.findall(gzip.decompress(self.fetch(running.url)[0]).decode()))
            for _ in range(3)
        ]
        assert all(len(names) == 1 for names in found)
        assert len(set.union(*found)) == 3
