from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

import pytest
import yaml

from knowledge.base import KnowledgeBase
from knowledge.facets import Facet
from knowledge.text.folding import fold
from knowledge.text.normalise import Lexicon, normalise
from nlu.understanding import ASK
from store.settings import PROJECT

DATA = PROJECT / "nlu" / "data"
WITHOUT_EXAMPLES = {"press", "share", "nlu_fallback"}
"""A button and a shared position come as payloads; the fallback is set by a component."""
ANNOTATION = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")


def read(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))


def intents() -> list[str]:
    return [
        next(iter(intent)) if isinstance(intent, dict) else intent
        for intent in read("domain.yml")["intents"]
    ]


def examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(DATA.glob("*.yml")):
        for block in read(f"nlu/data/{path.name}")["nlu"]:
            for line in block["examples"].splitlines():
                assert line.startswith("- "), f"{path.name}: {line}"
                found[block["intent"]].append(line.removeprefix("- ").strip())
    return found


def plain(example: str) -> str:
    return ANNOTATION.sub(r"\1", example)


EXAMPLES = examples()


def test_every_intent_has_an_example_file_of_its_name_and_no_other_exists() -> None:
    assert {path.stem for path in DATA.glob("*.yml")} == set(intents()) - WITHOUT_EXAMPLES
    for path in DATA.glob("*.yml"):
        blocks = read(f"nlu/data/{path.name}")["nlu"]
        assert [block["intent"] for block in blocks] == [path.stem]


def test_every_intent_has_one_rule_that_leads_to_an_action_of_the_domain() -> None:
    actions = set(read("domain.yml")["actions"])
    ruled = []
    for rule in read("nlu/rules.yml")["rules"]:
        ruled += [step["intent"] for step in rule["steps"] if "intent" in step]
        assert {step["action"] for step in rule["steps"] if "action" in step} <= actions
        assert any("action" in step for step in rule["steps"]), rule["rule"]
    starts = Counter(ruled)
    assert set(starts) == set(intents())


def test_every_facet_has_an_intent_that_asks_for_it() -> None:
    asks = {intent.removeprefix(ASK) for intent in intents() if intent.startswith(ASK)}
    assert asks == {facet.value for facet in Facet}


@pytest.mark.parametrize("intent", sorted(EXAMPLES))
def test_examples_are_many_different_and_well_annotated(intent: str) -> None:
    texts = EXAMPLES[intent]
    assert len(texts) >= 15
    seen = Counter(normalise(plain(text), Lexicon()).text for text in texts)
    assert [text for text, times in seen.items() if times > 1] == []
    for text in texts:
        assert normalise(plain(text), Lexicon()).tokens, text
        assert not set("[]") & set(plain(text)), text
        assert {name for _, name in ANNOTATION.findall(text)} <= {"procedure"}, text


def test_no_text_occurs_in_two_intents() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for intent, texts in EXAMPLES.items():
        for text in texts:
            owners[normalise(plain(text), Lexicon()).text].add(intent)
    assert {text: names for text, names in owners.items() if len(names) > 1} == {}


def test_rasa_reads_the_examples_as_they_are_meant() -> None:
    from nlu import stand_ins

    stand_ins.install()
    from rasa.shared.nlu.training_data.loading import load_data

    data = load_data(str(DATA))
    read_by_rasa = Counter(message.get("intent") for message in data.intent_examples)
    assert read_by_rasa == {intent: len(texts) for intent, texts in EXAMPLES.items()}
    for message in data.intent_examples:
        for entity in message.get("entities", []):
            text = message.get("text")
            assert text[entity["start"] : entity["end"]] == entity["value"]
            assert entity["entity"] == "procedure"


def test_test_questions_of_entries_can_be_learnt_from(shipped: KnowledgeBase) -> None:
    for code, entry in shipped.procedures.items():
        assert len(entry.test_questions) >= 6, code
        seen = Counter(fold(question.question) for question in entry.test_questions)
        assert max(seen.values()) == 1, code
        for question in entry.test_questions:
            assert normalise(question.question, shipped.lexicon).tokens, code
            assert ASK + question.facet.value in EXAMPLES, code


def test_no_question_is_claimed_by_two_entries(shipped: KnowledgeBase) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for code, entry in shipped.procedures.items():
        for question in entry.test_questions:
            owners[normalise(question.question, shipped.lexicon).folded].add(code)
    assert {text: codes for text, codes in owners.items() if len(codes) > 1} == {}


def test_no_question_of_an_entry_is_an_example_of_another_kind_of_intent(
    shipped: KnowledgeBase,
) -> None:
    others = {
        normalise(plain(text), shipped.lexicon).folded: intent
        for intent, texts in EXAMPLES.items()
        if not intent.startswith(ASK)
        for text in texts
    }
    clashes = {
        question.question: others[normalise(question.question, shipped.lexicon).folded]
        for entry in shipped.procedures.values()
        for question in entry.test_questions
        if normalise(question.question, shipped.lexicon).folded in others
    }
    assert clashes == {}
