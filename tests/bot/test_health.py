"""``/healthz``, and knowledge that is changed while the service runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running

pytestmark = pytest.mark.slow

LIVE_SECONDS = 4.0
"""Twice what is promised: tests share their machine."""
BIRTH = "1.001193"
BIRTH_FILE = "thu_tuc/ho_tich/1.001193-dang-ky-khai-sinh.yml"
OLD_FEE, NEW_FEE = "muc: Miễn phí", "muc: 12.345 đồng một trường hợp"
KITE = """\
ma: "9.000001"
ten: Cấp giấy phép thả diều sáo
ten_chinh_thuc: Cấp giấy phép thả diều sáo
linh_vuc: Văn hoá
cap: [xã]
doi_tuong: Công dân Việt Nam
tom_tat: Xin phép thả diều sáo ở sân vận động xã.
ten_goi_khac:
  - xin phép thả diều sáo
  - giấy phép chơi diều sáo
giay_to:
  - ten: Đơn xin thả diều sáo
    ban_chinh: 1
noi_nop:
  co_quan: UBND cấp xã
nguon:
  link: https://dichvucong.gov.vn/thu-tuc-hanh-chinh/dieu-sao
  kiem_tra_ngay: 2026-07-17
"""


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def fee(own: Running) -> str:
    (reply,) = own.ask(uuid.uuid4().hex, "", payload=f"hoi:{BIRTH}:fee")
    assert reply["procedure"] == BIRTH
    return str(reply["text"])


def worker(own: Running) -> dict[str, Any]:
    return dict(own.get("/healthz")[1]["worker"])


def test_is_healthy_once_questions_are_answered(own: Running) -> None:
    status, body = own.get("/healthz")
    assert status == 200 and body["ok"] is True
    assert body["worker"]["ready"] is True
    assert body["worker"]["procedures"] >= 73
    assert body["worker"]["faults"] == []
    assert body["worker"]["model"].startswith("motcua-")


def test_counts_turns(own: Running) -> None:
    before = worker(own)["turns"]
    sender = uuid.uuid4().hex
    own.ask(sender, "chào bạn", id="1")
    own.ask(sender, "chào bạn", id="1")
    assert worker(own)["turns"] == before + 1


def test_a_faulty_file_is_named_and_the_old_answer_stays_until_it_is_mended(
    own: Running, own_knowledge: Path
) -> None:
    file = own_knowledge / BIRTH_FILE
    good = file.read_text("utf-8")
    assert "Miễn phí" in fee(own)
    in_force = worker(own)["knowledge"]

    file.write_text(good.replace(OLD_FEE, NEW_FEE) + "le_phii: {muc: x\n", "utf-8")
    assert within(LIVE_SECONDS, lambda: bool(worker(own)["faults"]))
    faults = worker(own)["faults"]
    assert any(file.name in fault for fault in faults)
    assert not any(str(own_knowledge) in fault for fault in faults), "shows where our files lie"
    assert own.get("/healthz")[0] == 200
    assert "Miễn phí" in fee(own) and "12.345" not in fee(own)
    assert worker(own)["knowledge"] == in_force

    file.write_text(good.replace(OLD_FEE, NEW_FEE), "utf-8")
    assert within(LIVE_SECONDS, lambda: "12.345 đồng" in fee(own))
    assert worker(own)["faults"] == []
    assert worker(own)["knowledge"] != in_force

    file.write_text(good, "utf-8")
    assert within(LIVE_SECONDS, lambda: "Miễn phí" in fee(own))


def test_a_new_entry_is_answered_and_a_deleted_one_no_longer(
    own: Running, own_knowledge: Path
) -> None:
    question = "xin phép thả diều sáo cần giấy tờ gì"

    def answered() -> bool:
        (reply, *_) = own.ask(uuid.uuid4().hex, question)
        return bool(reply["procedure"] == "9.000001" and "Đơn xin thả diều sáo" in reply["text"])

    assert not answered()
    procedures = worker(own)["procedures"]
    file = own_knowledge / "thu_tuc" / "van_hoa" / "9.000001-tha-dieu-sao.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(KITE, "utf-8")
    assert within(LIVE_SECONDS, answered), worker(own)
    assert worker(own)["procedures"] == procedures + 1

    file.unlink()
    assert within(LIVE_SECONDS, lambda: not answered())
    (reply,) = own.ask(uuid.uuid4().hex, "", payload="thu_tuc:9.000001")
    assert reply["act"] == "prompt"


def test_turns_go_on_while_knowledge_is_exchanged(own: Running, own_knowledge: Path) -> None:
    file = own_knowledge / BIRTH_FILE
    good = file.read_text("utf-8")
    slowest = 0.0
    try:
        for i in range(3):
            file.write_text(good + f"# {i}\n", "utf-8")
            end = time.monotonic() + 1.0
            while time.monotonic() < end:
                started = time.monotonic()
                assert "Miễn phí" in fee(own)
                slowest = max(slowest, time.monotonic() - started)
    finally:
        file.write_text(good, "utf-8")
    assert slowest < 2.0
