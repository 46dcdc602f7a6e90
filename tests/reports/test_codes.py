"""Report codes: a slip of the finger or the tongue is caught."""

from __future__ import annotations

import random

import pytest

from reports.codes import DIGITS, check_digit, find_code, grouped, is_valid, new_code

CODES = [new_code() for _ in range(300)]


def test_new_codes_are_valid_have_eight_digits_and_do_not_begin_with_nought() -> None:
    assert all(is_valid(code) and len(code) == DIGITS and code[0] != "0" for code in CODES)
    assert len(set(CODES)) > 295


def test_every_single_wrong_digit_is_caught() -> None:
    for code in CODES:
        for at in range(DIGITS):
            for digit in set("0123456789") - {code[at]}:
                assert not is_valid(code[:at] + digit + code[at + 1 :])


def test_every_swap_of_two_neighbours_is_caught() -> None:
    for code in CODES:
        for at in range(DIGITS - 1):
            swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
            assert swapped == code or not is_valid(swapped)


def test_exactly_one_check_digit_fits() -> None:
    chosen = random.Random(1)
    for _ in range(200):
        payload = "".join(chosen.choices("0123456789", k=DIGITS - 1))
        fitting = [digit for digit in "0123456789" if is_valid(payload + digit)]
        assert fitting == [check_digit(payload)]


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "1234567a", "12 45678"])
def test_what_is_no_code_is_not_valid(text: str) -> None:
    assert not is_valid(text)


def test_grouped_as_it_is_shown_and_found_again() -> None:
    assert grouped("12345678") == "1234 5678"
    assert all(find_code(f"phản ánh {grouped(code)} đến đâu rồi") == code for code in CODES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mã 12345678", "12345678"),
        ("mã 1234 5678 nhé", "12345678"),
        ("1234-5678", "12345678"),
        ("1234.5678", "12345678"),
        ("1 2 3 4 5 6 7 8", "12345678"),
        ("12345678, gửi hôm qua", "12345678"),
        ("gọi 0912345678 về mã 12345678", "12345678"),
        ("gọi 0912345678", None),
        ("phản ánh của tôi đến đâu rồi", None),
        ("ngõ 308", None),
        ("123456789", None),
        ("", None),
    ],
)
def test_a_code_is_found_in_running_text(text: str, found: str | None) -> None:
    assert find_code(text) == found
