from __future__ import annotations

import unicodedata
from typing import Literal

import pytest

from knowledge.text.folding import fold, strip_diacritics
from knowledge.text.syllables import exact_key, folded_key, has_diacritics, is_syllable

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đường hỏng", "Duong hong"),
        ("ĐĂNG KÝ", "DANG KY"),
        ("Ưu tiên, Ơn nghĩa", "Uu tien, On nghia"),
        ("nguyễn thị ngọc ánh", "nguyen thi ngoc anh"),
        ("đ Đ", "d D"),
        ("1.004873 – 50.000 đồng", "1.004873 – 50.000 dong"),
        ("", ""),
        ("👶 ok", "👶 ok"),
    ],
)
def test_diacritics_are_stripped_and_all_else_stays(text: str, expected: str) -> None:
    assert strip_diacritics(text) == expected


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_unicode_form_folds_to_the_same(form: Form) -> None:
    assert fold(unicodedata.normalize(form, "Giấy Xác Nhận Độc Thân")) == "giay xac nhan doc than"


def test_every_vietnamese_letter_folds_to_ascii() -> None:
    letters = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
    assert set(fold(letters + letters.upper())) == set("aeiouyd")


def test_folding_twice_changes_nothing() -> None:
    assert fold(fold("Đặng Thuỳ Trâm")) == fold("Đặng Thuỳ Trâm")


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoà", "hòa"), ("thuỷ", "thủy"), ("kí", "ký"), ("Lý", "lí"), ("tuỳ", "tùy"), ("mỹ", "mĩ")],
)
def test_spellings_of_one_syllable_have_one_exact_key(one: str, other: str) -> None:
    assert exact_key(one) == exact_key(unicodedata.normalize("NFD", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("ma", "má"), ("má", "mà"), ("an", "ân"), ("dao", "đao"), ("tai", "tay"), ("cu", "cư")],
)
def test_different_syllables_have_different_exact_keys(one: str, other: str) -> None:
    assert exact_key(one) != exact_key(other)


def test_folded_key_joins_final_i_and_y_only_in_open_syllables() -> None:
    assert folded_key("Ký") == folded_key("kỉ") == "ki"
    assert folded_key("tay") == "tay" != folded_key("tai")
    assert folded_key("huy") == "huy" != folded_key("hui")


@pytest.mark.parametrize("word", ["giay", "nghieng", "duong", "quyet", "oan", "a", "xoong"])
def test_vietnamese_syllables_are_recognised(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["ddang", "online", "swim", "giaykhai", "dk", "", "fax", "kh"])
def test_other_strings_are_no_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_has_diacritics_ignores_capitals() -> None:
    assert not has_diacritics("GIAY")
    assert has_diacritics("GIẤY")
    assert has_diacritics("đ")
