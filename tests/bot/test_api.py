"""``/api/v1/messages`` over a real socket: the contract, and what must not break it."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import sqlite3
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from store.settings import PROJECT
from tests.processes import Running

pytestmark = pytest.mark.slow

API = "/api/v1/messages"
BIRTH, MARRIAGE = "1.001193", "1.000894"
BIRTH_DOCUMENTS = "lam giay khai sinh cho con can nhung gi"
MARRIAGE_FEE = "lệ phí đăng ký kết hôn"
VIETNAMESE = re.compile(
    r"[ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.I
)
INSIDE = (
    "Traceback",
    'File "',
    str(PROJECT),
    "site-packages",
    ".py",
    "sqlalchemy",
    "aiohttp",
    "rasa",
)
ACTS = {"answer", "clarify", "refuse", "report", "handoff", "chitchat", "prompt"}
REPLY_KEYS = {
    "text", "speech", "act", "procedure", "facet", "entry", "candidates", "buttons", "source",
    "report", "emergency",
}  # fmt: skip


class Answer:
    """One HTTP answer with its headers."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode("utf-8")

    @property
    def body(self) -> Any:
        return json.loads(self.text)


def send(
    running: Running,
    body: Any = None,
    *,
    method: str = "POST",
    path: str = API,
    headers: dict[str, str] | None = None,
) -> Answer:
    raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    try:
        sent = {"Content-Type": "application/json"} if headers is None else headers
        connection.request(method, path, raw, sent)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def refused(answer: Answer, *statuses: int) -> None:
    """The answer is a proper refusal: status, one Vietnamese sentence, nothing of our inside."""
    assert answer.status in statuses, answer.text
    assert answer.headers.get_content_type() == "application/json"
    assert set(answer.body) == {"error"}
    assert VIETNAMESE.search(answer.body["error"]["message"])
    leaks_nothing(answer)


def leaks_nothing(answer: Answer) -> None:
    assert not [word for word in INSIDE if word in answer.text]


def check_reply(reply: dict[str, Any]) -> None:
    """A reply has the shape that the contract gives it."""
    assert set(reply) >= REPLY_KEYS
    assert isinstance(reply["text"], str) and reply["text"]
    assert isinstance(reply["speech"], str) and reply["speech"]
    assert reply["act"] in ACTS
    for key in ("procedure", "facet", "entry"):
        assert reply[key] is None or (isinstance(reply[key], str) and reply[key])
    assert all(isinstance(code, str) for code in reply["candidates"])
    for button in reply["buttons"]:
        assert set(button) == {"title", "payload"}
        assert button["title"] and button["payload"]
    if reply["source"] is not None:
        assert set(reply["source"]) == {"url", "legal_basis", "checked_on"}
        assert reply["source"]["url"].startswith("https://")
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", reply["source"]["checked_on"])
    assert isinstance(reply["emergency"], bool)


@pytest.fixture
def sender() -> str:
    return uuid.uuid4().hex


class TestReplies:
    def test_answer_has_procedure_facet_source_and_buttons(
        self, running: Running, sender: str
    ) -> None:
        (reply,) = running.ask(sender, BIRTH_DOCUMENTS)
        check_reply(reply)
        assert (reply["act"], reply["procedure"], reply["facet"]) == ("answer", BIRTH, "documents")
        assert "Giấy chứng sinh" in reply["text"]
        assert reply["source"]["url"].startswith("https://dichvucong.gov.vn/")
        assert reply["buttons"] and reply["candidates"] == [] and reply["report"] is None
        assert len(reply["speech"]) <= len(reply["text"])

    def test_clarify_names_candidates_with_a_button_each(
        self, running: Running, sender: str, ambiguous: tuple[str, dict[str, Any]]
    ) -> None:
        (reply,) = running.ask(sender, ambiguous[0])
        check_reply(reply)
        assert reply["act"] == "clarify" and reply["procedure"] is None
        assert len(reply["buttons"]) == len(reply["candidates"]) >= 2
        last = reply["buttons"][-1]
        (picked, *_) = running.ask(sender, last["title"], payload=last["payload"])
        assert (picked["act"], picked["procedure"]) == ("answer", reply["candidates"][-1])

    def test_a_candidate_can_be_chosen_by_its_number(
        self, running: Running, sender: str, ambiguous: tuple[str, dict[str, Any]]
    ) -> None:
        (reply,) = running.ask(sender, ambiguous[0])
        (picked, *_) = running.ask(sender, "cái thứ hai")
        assert (picked["act"], picked["procedure"]) == ("answer", reply["candidates"][1])

    @pytest.mark.parametrize(
        ("text", "act"),
        [
            ("chào bạn", "chitchat"),
            ("giá vàng hôm nay bao nhiêu một chỉ", "refuse"),
            ("tôi muốn gặp cán bộ", "handoff"),
            ("cột đèn đường trước nhà tôi bị hỏng", "report"),
        ],
    )
    def test_other_acts_keep_the_shape(
        self, running: Running, sender: str, text: str, act: str
    ) -> None:
        replies = running.ask(sender, text)
        for reply in replies:
            check_reply(reply)
        assert [reply["act"] for reply in replies] == [act]

    def test_emergency_is_a_handoff_with_the_numbers(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, "có cháy nhà cứu với")
        check_reply(reply)
        assert reply["act"] == "handoff" and reply["emergency"] is True
        assert "114" in reply["text"]

    def test_two_facets_give_one_reply_each_in_the_order_asked(
        self, running: Running, sender: str
    ) -> None:
        question = "cần giấy tờ gì và mất bao nhiêu tiền để đăng ký khai sinh cho con"
        replies = running.ask(sender, question)
        assert [(r["procedure"], r["facet"]) for r in replies] == [
            (BIRTH, "documents"),
            (BIRTH, "fee"),
        ]

    def test_every_button_of_an_answer_leads_on(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, BIRTH_DOCUMENTS)
        for button in reply["buttons"]:
            (following,) = running.ask(sender, button["title"], payload=button["payload"])
            assert (following["act"], following["procedure"]) == ("answer", BIRTH)
            assert following["facet"] != "documents"

    def test_unknown_fields_are_ignored(self, running: Running, sender: str) -> None:
        assert running.ask(sender, "chào bạn", nonsense={"a": [1]})[0]["act"] == "chitchat"


class TestIdentity:
    def test_the_same_id_gives_the_same_reply_and_one_effect(
        self, running: Running, sender: str
    ) -> None:
        body = {"sender": sender, "text": BIRTH_DOCUMENTS, "id": "m1"}
        first = send(running, body)
        again = send(running, {**body, "text": "giá vàng hôm nay"})
        assert first.status == again.status == 200
        assert first.body == again.body
        assert len(self.history(running, sender)["messages"]) == 1
        # The repeated one, read anew, would have made the assistant forget the procedure.
        assert running.ask(sender, "mất bao nhiêu tiền")[0]["procedure"] == BIRTH

    def test_the_same_id_at_the_same_moment_has_one_effect(
        self, running: Running, sender: str
    ) -> None:
        body = {"sender": sender, "text": BIRTH_DOCUMENTS, "id": "m1"}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: send(running, body), range(8)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1
        assert len(self.history(running, sender)["messages"]) == 1

    def test_the_same_id_of_another_sender_is_another_message(self, running: Running) -> None:
        one, other = uuid.uuid4().hex, uuid.uuid4().hex
        assert running.ask(one, BIRTH_DOCUMENTS, id="m1")[0]["procedure"] == BIRTH
        assert running.ask(other, MARRIAGE_FEE, id="m1")[0]["procedure"] == MARRIAGE

    def test_senders_do_not_mix(self, running: Running) -> None:
        one, other, third = (uuid.uuid4().hex for _ in range(3))
        running.ask(one, BIRTH_DOCUMENTS)
        running.ask(other, "đăng ký kết hôn cần giấy tờ gì")
        follow_up = "mất bao nhiêu tiền"
        assert running.ask(one, follow_up)[0]["procedure"] == BIRTH
        assert running.ask(other, follow_up)[0]["procedure"] == MARRIAGE
        assert running.ask(third, follow_up)[0]["procedure"] is None
        assert running.ask(third, "nhắc lại")[0]["procedure"] is None

    def test_messages_of_one_sender_are_answered_in_order(
        self, running: Running, sender: str
    ) -> None:
        texts = [BIRTH_DOCUMENTS, MARRIAGE_FEE, "chào bạn", "mất mấy ngày"]
        threads = [
            threading.Thread(target=running.ask, args=(sender, text), kwargs={"id": str(i)})
            for i, text in enumerate(texts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        messages = self.history(running, sender)["messages"]
        numbers = [message["number"] for message in messages]
        assert numbers == sorted(numbers) and len(set(numbers)) == 4
        assert sorted(message["said"] for message in messages) == sorted(texts)

    @pytest.mark.parametrize("prefix", ["", "telegram:", "zalo:", "web:", "sip:", "eval:"])
    def test_from_outside_a_sender_is_only_ever_of_the_web(
        self, running: Running, sender: str, prefix: str
    ) -> None:
        running.ask(prefix + sender, "chào bạn", channel="telegram")
        with sqlite3.connect(f"file:{running.var / 'motcua.db'}?mode=ro", uri=True) as database:
            for table in ("turns", "conversations"):
                query = f"SELECT DISTINCT sender FROM {table} WHERE sender LIKE ?"
                found = database.execute(query, (f"%{sender}",)).fetchall()
                assert found == [(f"web:{prefix}{sender}",)]

    @staticmethod
    def history(running: Running, sender: str) -> Any:
        status, body = running.get(f"{API}?sender={sender}&after=0")
        assert status == 200
        return body


class TestHistory:
    def test_gives_what_was_sent_since(self, running: Running, sender: str) -> None:
        first = send(running, {"sender": sender, "text": BIRTH_DOCUMENTS}).body
        second = send(running, {"sender": sender, "text": "chào bạn"}).body
        status, body = running.get(f"{API}?sender={sender}&after=0")
        assert status == 200
        assert [m["said"] for m in body["messages"]] == [BIRTH_DOCUMENTS, "chào bạn"]
        assert body["messages"][0]["replies"] == first["replies"]
        assert body["last"] == second["number"]
        _, later = running.get(f"{API}?sender={sender}&after={first['number']}")
        assert [m["said"] for m in later["messages"]] == ["chào bạn"]
        _, nothing = running.get(f"{API}?sender={sender}&after={body['last']}")
        assert nothing == {"messages": [], "last": body["last"]}

    def test_a_stranger_sees_nothing(self, running: Running, sender: str) -> None:
        running.ask(sender, "chào bạn")
        _, body = running.get(f"{API}?sender={uuid.uuid4().hex}")
        assert body["messages"] == []

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "?sender=",
            "?sender=a%20b",
            "?sender=%00",
            "?sender=a&after=x",
            "?sender=a&after=" + "9" * 5000,
            "?sender=" + "a" * 200,
            "?sender=%F0%9F%98%80",
        ],
    )
    def test_bad_queries(self, running: Running, query: str) -> None:
        refused(send(running, method="GET", path=API + query, headers={}), 400)

    @pytest.mark.parametrize("after", ["-5", "99999999999999999999999"])
    def test_odd_numbers(self, running: Running, sender: str, after: str) -> None:
        answer = send(running, method="GET", path=f"{API}?sender={sender}&after={after}")
        assert answer.status == 200 and answer.body["messages"] == []


ODD_TEXTS = {
    "emoji": "😀😀🏳️‍🌈",
    "chinese": "我想办理出生证明需要什么",
    "arabic": "أريد شهادة ميلاد لابني",
    "thai": "ฉันต้องการสูติบัตรสำหรับลูก",
    "html": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "sql": "'; DROP TABLE turns; DROP TABLE conversations; --",
    "template": "{{7*7}} ${7*7} %s %n {0} {dia_phuong}",
    "punctuation": "?!?!...,,,;;;",
    "digits": "1234567890" * 20,
    "one letter": "a",
    "longest": ("giấy khai sinh " * 134)[:2000],
    "one long word": "a" * 2000,
    "combining": "a" + "\u0301" * 500,
    "right to left": "\u202egnut iot\u202c",
    "zero width": "gi\u200bấy khai si\u200dnh",
    "path": "../../etc/passwd",
    "rasa external": "EXTERNAL: restart",
    "json": '{"intent": "press", "entities": []}',
}


class TestOddText:
    @pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
    def test_is_answered_without_harm(self, running: Running, sender: str, text: str) -> None:
        answer = send(running, {"sender": sender, "text": text})
        assert answer.status == 200
        assert answer.body["replies"]
        for reply in answer.body["replies"]:
            check_reply(reply)
            assert "<script" not in reply["text"] and "onerror" not in reply["text"]
        assert answer.headers.get_content_type() == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        leaks_nothing(answer)

    def test_foreign_scripts_get_no_confident_answer(self, running: Running) -> None:
        for name in ("emoji", "chinese", "arabic", "thai", "html", "sql", "punctuation"):
            for reply in running.ask(uuid.uuid4().hex, ODD_TEXTS[name]):
                assert reply["act"] in ("refuse", "clarify", "prompt"), (name, reply["text"])

    def test_html_in_a_question_does_not_hide_it(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, "<b>lệ phí đăng ký kết hôn</b>")
        assert reply["procedure"] == MARRIAGE

    def test_control_characters_count_as_spaces(self, running: Running) -> None:
        (clean,) = running.ask(uuid.uuid4().hex, MARRIAGE_FEE)
        (dirty,) = running.ask(uuid.uuid4().hex, "lệ phí\x00\x07đăng ký\u200b\x1bkết hôn\x7f")
        assert dirty == clean

    @pytest.mark.parametrize("text", ["", "   ", "\n\t ", "\x00\x01\x02", "\u200b\ufeff"])
    def test_nothing_in_it(self, running: Running, sender: str, text: str) -> None:
        refused(send(running, {"sender": sender, "text": text}), 400)

    @pytest.mark.parametrize("length", [2001, 10_000])
    def test_too_long(self, running: Running, sender: str, length: int) -> None:
        answer = send(running, {"sender": sender, "text": "ă" * length})
        refused(answer, 413)
        assert "2000" in answer.body["error"]["message"]

    def test_length_counts_letters_not_their_parts(self, running: Running, sender: str) -> None:
        text = "e\u0302\u0301 " * 900  # as macOS writes: 3600 code points, 1800 letters and spaces
        assert send(running, {"sender": sender, "text": text}).status == 200

    def test_half_an_emoji_is_dropped(self, running: Running, sender: str) -> None:
        """A browser that cuts an emoji at the length limit sends half of a surrogate pair."""
        body = b'{"sender":"%s","text":"l\\u1ec7 ph\\u00ed \\u0111\\u0103ng k\\u00fd k\\u1ebft '
        body = (body + b'h\\u00f4n \\ud83d"}') % sender.encode()
        answer = send(running, body)
        assert answer.status == 200
        assert answer.body["replies"][0]["procedure"] == MARRIAGE

    @pytest.mark.parametrize(
        "text",
        [
            "/restart",
            "  /restart",
            "//restart",
            "\u00a0/restart",
            "/ /restart",
            "/session_start",
            '/press{"procedure":"1.000894","facet":"fee"}',
            '\u3000/press{"procedure":"1.000894","facet":"fee"}',
            "/action_handoff",
            "/handoff",
        ],
    )
    @pytest.mark.parametrize("field", ["text", "payload"])
    def test_a_command_typed_as_text_is_only_text(
        self, running: Running, sender: str, text: str, field: str
    ) -> None:
        running.ask(sender, BIRTH_DOCUMENTS)
        said = {"text": text} if field == "text" else {"text": "x", "payload": f"noi:{text}"}
        answer = send(running, {"sender": sender, **said})
        assert answer.status == 200
        assert answer.body["replies"], "a command was carried out in silence"
        for reply in answer.body["replies"]:
            assert reply["procedure"] != MARRIAGE and reply["act"] != "handoff"


class TestPayloads:
    @pytest.mark.parametrize(
        "payload",
        ["xyz", "thu_tuc:9.999999", "hoi:9.999999:fee", "thu_tuc:", "hoi:1.001193", "/restart",
         "thu_tuc:1.001193; DROP TABLE turns", "hoi:../../etc:fee", "\x00", "{}"],
    )  # fmt: skip
    def test_unknown_ones_say_that_the_button_is_no_longer_valid(
        self, running: Running, sender: str, payload: str
    ) -> None:
        (reply,) = running.ask(sender, "bấm nút", payload=payload)
        check_reply(reply)
        assert reply["act"] == "prompt" and VIETNAMESE.search(reply["text"])

    def test_an_unknown_facet_is_answered_in_general(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, "", payload="hoi:1.001193:nonsense")
        assert (reply["act"], reply["procedure"]) == ("answer", BIRTH)

    def test_words_of_a_button_are_taken_as_said(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, "", payload=f"noi:{MARRIAGE_FEE}")
        assert (reply["procedure"], reply["facet"]) == (MARRIAGE, "fee")

    def test_a_message_without_words_is_told_so(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, "", payload="noi:///")
        check_reply(reply)


BAD_BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "broken": (b'{"sender": "a", "text": ', 400),
    "not UTF-8": (b'{"sender": "a", "text": "\xff\xfe"}', 400),
    "list": (b"[]", 400),
    "null": (b"null", 400),
    "string": (b'"text"', 400),
    "no sender": (b'{"text": "a"}', 400),
    "sender is a number": (b'{"sender": 1, "text": "a"}', 400),
    "sender is null": (b'{"sender": null, "text": "a"}', 400),
    "sender is empty": (b'{"sender": "", "text": "a"}', 400),
    "sender has a line break": (b'{"sender": "a\\nb", "text": "a"}', 400),
    "sender is too long": (b'{"sender": "%s", "text": "a"}' % (b"a" * 129), 400),
    "sender is not ASCII": ('{"sender": "bé", "text": "a"}'.encode(), 400),
    "text is a list": (b'{"sender": "a", "text": ["a"]}', 400),
    "text is a number": (b'{"sender": "a", "text": 12345}', 400),
    "text is null": (b'{"sender": "a", "text": null}', 400),
    "id is a number": (b'{"sender": "a", "text": "a", "id": 5}', 400),
    "id is empty": (b'{"sender": "a", "text": "a", "id": ""}', 400),
    "id is too long": (b'{"sender": "a", "text": "a", "id": "%s"}' % (b"i" * 129), 400),
    "id has a NUL": (b'{"sender": "a", "text": "a", "id": "\\u0000"}', 400),
    "id is half a pair": (b'{"sender": "a", "text": "a", "id": "\\ud800"}', 400),
    "payload is an object": (b'{"sender": "a", "text": "a", "payload": {}}', 400),
    "payload is too long": (b'{"sender": "a", "payload": "%s"}' % (b"p" * 1001), 400),
    "attachments is a string": (b'{"sender": "a", "text": "a", "attachments": "x"}', 400),
    "too many attachments": (b'{"sender": "a", "attachments": ["1","2","3","4","5","6"]}', 400),
    "location NaN": (b'{"sender": "a", "location": {"lat": NaN, "lon": 104}}', 400),
    "location infinite": (b'{"sender": "a", "location": {"lat": 1e999, "lon": 104}}', 400),
    "location -Infinity": (b'{"sender": "a", "location": {"lat": 1, "lon": -Infinity}}', 400),
    "location off the globe": (b'{"sender": "a", "location": {"lat": 91, "lon": 104}}', 400),
    "location is a list": (b'{"sender": "a", "location": [21, 104]}', 400),
    "location without lon": (b'{"sender": "a", "location": {"lat": 21}}', 400),
    "location is text": (b'{"sender": "a", "location": {"lat": "21; x", "lon": 104}}', 400),
    "deep list": (b"[" * 50_000, 400),
    "deep object": (b'{"a":' * 9_000, 400),
    "deep sender": (b'{"sender":' + b"[" * 900 + b"]" * 900 + b"}", 400),
    "huge number": (b'{"sender": "a", "text": "a", "n": ' + b"9" * 10_000 + b"}", 400),
    "huge": (b'{"sender": "a", "text": "' + b"a" * 3_000_000 + b'"}', 413),
}


class TestBadRequests:
    @pytest.mark.parametrize(("body", "status"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
    def test_body(self, running: Running, body: bytes, status: int) -> None:
        refused(send(running, body), status)

    def test_huge_body_in_pieces(self, running: Running) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
        pieces = (b" " * 10_000 for _ in range(20))
        connection.request("POST", API, pieces, {"Content-Type": "application/json"})
        refused(Answer(connection.getresponse()), 413)
        connection.close()

    def test_compressed_body_that_unfolds_to_a_huge_one(self, running: Running) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        refused(send(running, gzip.compress(b" " * 20_000_000), headers=headers), 413)

    def test_compressed_body_that_is_none(self, running: Running) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        refused(send(running, b"no gzip", headers=headers), 400)

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]
    )
    def test_content_type(self, running: Running, kind: str) -> None:
        headers = {"Content-Type": kind} if kind else {}
        refused(send(running, b"sender=a&text=b", headers=headers), 415)

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
    def test_method(self, running: Running, method: str) -> None:
        answer = send(running, method=method, headers={})
        refused(answer, 405)
        assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))

    @pytest.mark.parametrize(
        "path",
        ["/nope", "/api/v1/nope", "/api/v1/messages/", "/static/", "/static/../settings.py",
         "/static/..%2f..%2f..%2fstore%2fsettings.py", "/static/%00", "/%ff", "//", "/.env",
         "/.git/config"],
    )  # fmt: skip
    def test_path(self, running: Running, path: str) -> None:
        refused(send(running, method="GET", path=path, headers={}), 404)

    def test_missing_asset_is_not_kept_in_caches(self, running: Running) -> None:
        answer = send(running, method="GET", path="/static/nope.js", headers={})
        assert answer.status == 404 and "max-age" not in answer.headers.get("Cache-Control", "")
        leaks_nothing(answer)

    def test_location_alone_is_a_message(self, running: Running, sender: str) -> None:
        (reply,) = running.ask(sender, "", location={"lat": 21.33, "lon": 103.91})
        check_reply(reply)


class TestLimits:
    def test_a_flood_is_refused_while_others_are_answered(self, running: Running) -> None:
        flooder, other = uuid.uuid4().hex, uuid.uuid4().hex
        body = {"sender": flooder, "text": "chào bạn"}
        with ThreadPoolExecutor(16) as pool:
            flood = [pool.submit(send, running, body) for _ in range(150)]
            assert running.ask(other, MARRIAGE_FEE)[0]["procedure"] == MARRIAGE
            answers = [future.result() for future in flood]
        accepted = [answer for answer in answers if answer.status == 200]
        refusals = [answer for answer in answers if answer.status != 200]
        assert 1 <= len(accepted) < 60
        assert len(refusals) > 50
        for answer in refusals:
            refused(answer, 429)
            assert int(answer.headers["Retry-After"]) >= 1


class TestSafety:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/"), ("GET", "/healthz"), ("GET", "/nope"), ("GET", "/static/"),
         ("GET", "/static/chat.css"), ("PUT", API), ("POST", API)],
    )  # fmt: skip
    def test_security_headers(self, running: Running, method: str, path: str) -> None:
        headers = send(running, method=method, path=path, headers={}).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "frame-ancestors" in policy and "base-uri 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Permissions-Policy" in headers
        assert not re.search(r"aiohttp|python|\d", headers["Server"], re.I)

    def test_other_sites_may_not_read_answers(self, running: Running) -> None:
        headers = {"Origin": "https://evil.example", "Content-Type": "application/json"}
        answer = send(running, {"sender": "a", "text": "chào bạn"}, headers=headers)
        assert "Access-Control-Allow-Origin" not in answer.headers

    def test_what_citizens_write_is_not_logged(self, running: Running, sender: str) -> None:
        secret = f"bimat{uuid.uuid4().hex}"
        running.ask(sender, f"số căn cước của tôi là {secret}")
        send(running, f'{{"sender": "a", "text": "{secret}'.encode())
        assert secret not in running.log.read_text()

    def test_nothing_so_far_has_broken_the_service(self, running: Running) -> None:
        """The last of this file: after all of the above it is healthy and nothing was a 500."""
        status, body = running.get("/healthz")
        assert status == 200 and body["ok"] is True
        assert "Lỗi khi phục vụ" not in running.log.read_text()
        assert "Tiến trình hội thoại dừng" not in running.log.read_text()
