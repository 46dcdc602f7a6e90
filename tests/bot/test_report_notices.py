"""What an officer does reaches the citizen's chat within seconds, and the citizen judges it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from reports.desk import Desk
from reports.model import EventKind, Status
from store.database import make_engine
from tests.processes import Running

pytestmark = pytest.mark.slow

TOLD_SECONDS = 3.0
OFFICER = "Lò Thị Hoa"


@pytest.fixture
def desk(running: Running) -> Iterator[Desk]:
    """The officer's desk on the service's own database."""
    engine = make_engine(f"sqlite:///{running.var / 'motcua.db'}")
    yield Desk(engine)
    engine.dispose()


class Citizen:
    """A web chat that asks for what is new."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.sender = uuid.uuid4().hex
        self.seen = 0

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        replies = self.running.ask(self.sender, text, **more)
        self.seen = self.new()[1]
        return replies

    def press(self, button: dict[str, str]) -> list[dict[str, Any]]:
        return self.say(button["title"], payload=button["payload"])

    def new(self) -> tuple[list[dict[str, Any]], int]:
        path = f"/api/v1/messages?sender={self.sender}&after={self.seen}"
        status, body = self.running.get(path)
        assert status == 200
        found = [reply for message in body["messages"] for reply in message["replies"]]
        return found, int(body["last"])

    def wait_for_notice(self) -> dict[str, Any]:
        end = time.monotonic() + TOLD_SECONDS
        while time.monotonic() < end:
            found, last = self.new()
            if found:
                self.seen = last
                (notice,) = found
                return notice
            time.sleep(0.25)
        raise AssertionError(f"nothing came within {TOLD_SECONDS} s")

    def report(self, where: str) -> str:
        self.say(f"rác chất đống không ai dọn ở {where}")
        self.say("bỏ qua")
        (reply,) = self.say("gửi")
        return str(reply["report"]["code"])


@pytest.fixture
def citizen(running: Running) -> Citizen:
    return Citizen(running)


def button(notice: dict[str, Any], title: str) -> dict[str, str]:
    return next(b for b in notice["buttons"] if b["title"] == title)


def test_resolved_rated_and_reopened(citizen: Citizen, desk: Desk) -> None:
    code = citizen.report("ngõ 71 đường Hoa Ban, phường Chiềng Cơi")
    desk.resolve(code, OFFICER, "Tổ vệ sinh đã dọn sáng nay.")
    notice = citizen.wait_for_notice()
    assert notice["act"] == "report" and "Tổ vệ sinh đã dọn sáng nay." in notice["text"]
    titles = [b["title"] for b in notice["buttons"]]
    assert titles == ["5 sao", "4 sao", "3 sao", "2 sao", "1 sao", "Chưa xong"]

    (thanks,) = citizen.press(button(notice, "4 sao"))
    assert "4 sao" in thanks["text"] and desk.find(code).rating == 4
    (noted,) = citizen.say("dọn nhanh, cảm ơn tổ vệ sinh")
    assert noted["act"] == "report"
    assert desk.find(code).rating_words == "dọn nhanh, cảm ơn tổ vệ sinh"
    assert citizen.new()[0] == []  # a rating is told to nobody

    (again,) = citizen.press(button(notice, "Chưa xong"))
    assert "mở lại" in again["text"] and desk.find(code).status is Status.NEW
    kinds = [event.kind for event in desk.history(desk.find(code))]
    assert kinds.count(EventKind.REOPENED) == 1 and kinds[-1] is EventKind.REOPENED


def test_every_step_is_told_once_in_order(citizen: Citizen, desk: Desk) -> None:
    code = citizen.report("ngõ 72 phố Ban Mai, phường Chiềng An")
    told = []
    desk.accept(code, OFFICER)
    told.append(citizen.wait_for_notice())
    desk.ask(code, OFFICER, "Ngõ nào ạ?")
    told.append(citizen.wait_for_notice())
    assert "tiếp nhận" in told[0]["text"] and "«Ngõ nào ạ?»" in told[1]["text"]
    citizen.press(button(told[1], "Trả lời cán bộ"))
    citizen.say("ngõ ngay cạnh nhà văn hoá")
    report = desk.find(code)
    assert report.status is Status.ACCEPTED
    assert desk.history(report)[-1].text == "ngõ ngay cạnh nhà văn hoá"
    desk.note(code, OFFICER, "ghi chú nội bộ")
    time.sleep(1.5)
    assert citizen.new()[0] == []


def test_several_steps_before_the_citizen_looks(citizen: Citizen, desk: Desk) -> None:
    code = citizen.report("ngõ 73 phố Hoàng Liên, xã Yên Châu")
    desk.accept(code, OFFICER)
    desk.refuse(code, OFFICER, "Không thuộc địa bàn.")
    end = time.monotonic() + TOLD_SECONDS
    while len(citizen.new()[0]) < 2 and time.monotonic() < end:
        time.sleep(0.25)
    accepted, refused = citizen.new()[0]
    assert "tiếp nhận" in accepted["text"] and "Không thuộc địa bàn." in refused["text"]
    assert citizen.new()[0] == [accepted, refused]  # asked again from the same place


def test_a_follower_is_told_too_and_a_stranger_is_not(citizen: Citizen, desk: Desk) -> None:
    code = citizen.report("ngõ 74 phố Lê Hồng Phong, xã Sông Mã")
    follower, stranger = Citizen(citizen.running), Citizen(citizen.running)
    (offer,) = follower.say("ngõ 74 phố Lê Hồng Phong xã Sông Mã rác chất đống")
    follower.press(button(offer, "Theo dõi cùng"))
    stranger.say("chào bạn")
    desk.resolve(code, OFFICER, "Đã dọn.")
    assert citizen.wait_for_notice()["text"] == follower.wait_for_notice()["text"]
    assert stranger.new()[0] == []


def test_who_does_not_follow_can_not_judge(citizen: Citizen, desk: Desk) -> None:
    code = citizen.report("ngõ 75 phố Lê Lợi, xã Phù Yên")
    desk.resolve(code, OFFICER, "Đã dọn.")
    notice = citizen.wait_for_notice()
    stranger = Citizen(citizen.running)
    for title in ("1 sao", "Chưa xong"):
        (reply,) = stranger.press(button(notice, title))
        assert "Chỉ người gửi" in reply["text"]
    assert desk.find(code).rating is None and desk.find(code).status is Status.RESOLVED
