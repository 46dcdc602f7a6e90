"""The place in a citizen's message: the words that say where, and the commune."""

from __future__ import annotations

import pytest

from actions.places import find_phone, read_place
from knowledge.live import LiveKnowledge
from knowledge.text.folding import fold


@pytest.mark.parametrize(
    ("text", "parts", "commune"),
    [
        (
            "ngõ 308 đường Chu Văn Thịnh, phường Chiềng Lề bị ô tô đỗ kín",
            ["ngõ 308 đường Chu Văn Thịnh"],
            "Phường Tô Hiệu",
        ),
        ("đèn đường ngõ 12 phố Lê Duẩn tắt ba hôm nay", ["ngõ 12 phố Lê Duẩn"], None),
        ("rác chất đống đầu chợ Mai Sơn từ sáng", ["chợ Mai Sơn"], "Xã Mai Sơn"),
        ("cây đổ gần trường tiểu học Quyết Thắng", ["trường tiểu học Quyết Thắng"], None),
        ("ổ gà ở quốc lộ 6 km 302 xã Mộc Châu", ["quốc lộ 6"], None),
        ("sạt lở đường vào bản Hẹo, xã Chiềng Cọ cũ", ["bản Hẹo"], None),
        ("rac dau ngo 5 duong le duan phuong chieng le", ["ngo 5"], "Phường Tô Hiệu"),
        ("trước số nhà 45 đường Tô Hiệu có cột điện nghiêng", ["số nhà 45"], "Phường Tô Hiệu"),
    ],
)
def test_the_words_that_say_where(
    live_knowledge: LiveKnowledge, text: str, parts: list[str], commune: str | None
) -> None:
    where = read_place(live_knowledge.state, text)
    for part in parts:
        assert fold(part) in fold(where.address)
    if commune is not None:
        assert [area.name for area in where.areas] == [commune]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "đường hỏng nặng lắm",
        "tôi muốn phản ánh",
        "nước máy đục mấy hôm nay",
        "cán bộ gây khó dễ",
        "karaoke ồn quá không ngủ được",
    ],
)
def test_no_place_is_read_out_of_nothing(live_knowledge: LiveKnowledge, text: str) -> None:
    where = read_place(live_knowledge.state, text)
    assert where.address == "" and where.areas == ()


def test_the_trouble_is_not_part_of_the_place(live_knowledge: LiveKnowledge) -> None:
    text = "ngõ 12 đường Lê Duẩn bị ngập nước đến đầu gối. Mong xã xử lý"
    address = read_place(live_knowledge.state, text).address
    assert address == "ngõ 12 đường Lê Duẩn"


def test_an_address_is_of_moderate_length(live_knowledge: LiveKnowledge) -> None:
    text = "ngõ 12 " + "đường Lê Duẩn " * 100
    assert len(read_place(live_knowledge.state, text).address.split()) <= 14


def test_an_ambiguous_commune_gives_several(live_knowledge: LiveKnowledge) -> None:
    areas = read_place(live_knowledge.state, "đường hỏng ở xã Chiềng Chung").areas
    assert {area.name for area in areas} == {"Xã Đoàn Kết", "Xã Mường Chanh"}


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("gọi tôi 0912345678", "0912345678"),
        ("0912 345 678 nhé", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("091-2345-678", "0912345678"),
        ("số 12345678", None),
        ("091234567", None),
        ("09123456789", None),
        ("ngõ 308", None),
        ("", None),
    ],
)
def test_a_telephone_number(text: str, phone: str | None) -> None:
    assert find_phone(text) == phone
