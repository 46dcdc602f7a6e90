"""Report codes: eight digits that can be said on the phone and typed with one hand.

The last digit is a check digit by Damm's method (H. M. Damm, 2004: totally anti-symmetric
quasigroups of order 10): every single wrong digit and every swap of two neighbours is caught.
"""

from __future__ import annotations

import re
import secrets

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
DIGITS = 8
"""Digits of a code, the check digit included."""


def new_code() -> str:
    """A random code; the caller makes sure that it is not taken."""
    payload = str(secrets.randbelow(9 * 10 ** (DIGITS - 2)) + 10 ** (DIGITS - 2))
    return payload + check_digit(payload)


def check_digit(payload: str) -> str:
    """The digit that makes ``payload`` a valid code."""
    interim = 0
    for digit in payload:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def is_valid(code: str) -> bool:
    """Whether this is a code without a slip."""
    return len(code) == DIGITS and code.isdigit() and check_digit(code[:-1]) == code[-1]


def grouped(code: str) -> str:
    """The code as it is shown: ``1234 5678``."""
    return f"{code[:4]} {code[4:]}"


def find_code(text: str) -> str | None:
    """The first run of digits in a text that has the length of a code (spaces, dots, dashes
    between them allowed), valid or not.
    """
    for match in re.finditer(r"\d(?:[\s.\-]?\d)+", text):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) == DIGITS:
            return digits
    return None
