from __future__ import annotations

import pytest

from knowledge.text.normalise import Lexicon, normalise
from nlu.masking import MASK, mask


def masked(text: str, covered: set[int]) -> str:
    return " ".join(token.word for token in mask(normalise(text, Lexicon()).tokens, covered))


@pytest.mark.parametrize(
    ("text", "covered", "expected"),
    [
        ("làm giấy khai sinh mất bao nhiêu", {1, 2, 3}, "làm ⟨tt⟩ mất bao nhiêu"),
        ("khai sinh", {0, 1}, "⟨tt⟩"),
        ("khai sinh và khai tử", {0, 1, 3, 4}, "⟨tt⟩ và ⟨tt⟩"),
        ("lệ phí bao nhiêu", set(), "lệ phí bao nhiêu"),
        ("một hai ba", {2}, "một hai ⟨tt⟩"),
        ("một hai", {7}, "một hai"),
        ("", set(), ""),
    ],
)
def test_each_run_of_covered_words_becomes_one_mark(
    text: str, covered: set[int], expected: str
) -> None:
    assert masked(text, covered) == expected


def test_two_procedures_look_the_same_once_masked() -> None:
    assert masked("làm giấy khai sinh mất bao nhiêu tiền", {1, 2, 3}) == masked(
        "làm sổ đỏ mất bao nhiêu tiền", {1, 2}
    )


def test_what_is_masked_already_stays_one_mark() -> None:
    assert mask((MASK, MASK), set()) == (MASK, MASK)
    assert mask((MASK, MASK), {0, 1}) == (MASK,)


def test_no_citizen_can_type_the_mark() -> None:
    assert MASK.word not in normalise(MASK.word, Lexicon()).text
