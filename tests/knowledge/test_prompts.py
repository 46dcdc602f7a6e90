from __future__ import annotations

import pytest

from knowledge.base import KnowledgeBase
from knowledge.prompts import Prompt, Prompts

PROMPTS = Prompts(
    {
        "chao": Prompt(viet="Chào {ten}!", noi="Chào {ten}, tôi nghe."),
        "viet": Prompt(viet="Chỉ viết {so}."),
        "nut": Prompt(viet="Nút", nut=[{"nhan": "A", "noi": "hỏi a"}]),
    }
)


def test_written_and_spoken_form_are_filled_in() -> None:
    assert PROMPTS.text("chao", ten="anh") == "Chào anh!"
    assert PROMPTS.speech("chao", ten="anh") == "Chào anh, tôi nghe."


def test_without_a_spoken_form_the_written_one_is_said() -> None:
    assert PROMPTS.speech("viet", so=3) == "Chỉ viết 3."


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert PROMPTS.text("chao", ten="{ten} {so}") == "Chào {ten} {so}!"


def test_more_values_than_places_do_no_harm() -> None:
    assert PROMPTS.text("viet", so=3, ten="x") == "Chỉ viết 3."


def test_a_place_without_a_value_and_an_unknown_prompt_are_key_errors() -> None:
    with pytest.raises(KeyError):
        PROMPTS.text("chao")
    with pytest.raises(KeyError):
        PROMPTS.speech("khong_co")


def test_buttons_say_something() -> None:
    assert [(button.title, button.says) for button in PROMPTS.buttons("nut")] == [("A", "hỏi a")]
    assert list(PROMPTS.buttons("viet")) == []


def test_places_are_those_of_both_forms() -> None:
    prompt = Prompt(viet="{a} {b_c}", noi="{d}")
    assert prompt.places == {"a", "b_c", "d"}


def test_shipped_prompts_have_no_loose_braces(shipped: KnowledgeBase) -> None:
    for name, prompt in shipped.prompts.by_name.items():
        filled = shipped.prompts.text(name, **dict.fromkeys(prompt.places, "x"))
        filled += shipped.prompts.speech(name, **dict.fromkeys(prompt.places, "x"))
        assert not set("{}") & set(filled), name


def test_shipped_spoken_forms_can_be_spoken(shipped: KnowledgeBase) -> None:
    for name, prompt in shipped.prompts.by_name.items():
        assert not set("•«»\n") & set(prompt.speech or ""), name
