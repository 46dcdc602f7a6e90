from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from knowledge.text.folding import strip_diacritics
from knowledge.text.normalise import Lexicon, Token, normalise
from nlu.classifier import IntentClassifier
from nlu.masking import MASK

SMALL = {
    "ask_fee": [
        "lệ phí bao nhiêu",
        "mất bao nhiêu tiền",
        "hết bao nhiêu tiền",
        "phí là bao nhiêu",
        "có mất tiền không",
        "đóng bao nhiêu tiền",
    ],
    "ask_documents": [
        "cần giấy tờ gì",
        "phải mang giấy tờ gì",
        "chuẩn bị giấy tờ gì",
        "cần những giấy tờ nào",
        "hồ sơ gồm những gì",
        "mang theo giấy tờ nào",
    ],
    "ask_time": [
        "mấy ngày thì xong",
        "bao lâu thì có",
        "mất mấy ngày",
        "bao giờ lấy được",
        "chờ bao lâu",
        "thời hạn mấy ngày",
    ],
    "greet": ["xin chào", "chào bạn", "chào em", "alo chào", "chào cán bộ", "chào anh chị"],
}
Example = tuple[Sequence[Token], Collection[str]]


def tokens(text: str, *, masked: bool = False) -> tuple[Token, ...]:
    found = normalise(text, Lexicon()).tokens
    return (MASK, *found) if masked else found


def examples() -> list[Example]:
    found: list[Example] = []
    for label, texts in SMALL.items():
        for text in texts:
            for spelling in (text, strip_diacritics(text)):
                found.append((tokens(spelling), {label}))
                if label != "greet":
                    found.append((tokens(spelling, masked=True), {label}))
    asks = [label for label in SMALL if label != "greet"]
    for one in asks:
        for other in asks:
            if one != other:
                for first, second in zip(SMALL[one], SMALL[other], strict=True):
                    found.append((tokens(f"{first} và {second}"), {one, other}))
    return found


@pytest.fixture(scope="module")
def classifier() -> IntentClassifier:
    return IntentClassifier.train(examples())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("lệ phí hết bao nhiêu tiền", "ask_fee"),
        ("le phi het bao nhieu tien", "ask_fee"),
        ("cần mang những giấy tờ gì", "ask_documents"),
        ("chờ mấy ngày thì có", "ask_time"),
        ("chào bạn nhé", "greet"),
    ],
)
def test_the_best_label_is_the_one_that_was_learnt(
    classifier: IntentClassifier, text: str, label: str
) -> None:
    assert classifier.predict(tokens(text)).ranking()[0][0] == label


def test_scores_are_probabilities_of_all_labels(classifier: IntentClassifier) -> None:
    prediction = classifier.predict(tokens("bao nhiêu tiền"))
    assert set(prediction.scores) == set(SMALL) == set(classifier.labels)
    assert all(0 <= score <= 1 for score in prediction.scores.values())
    ranked = [score for _, score in prediction.ranking()]
    assert ranked == sorted(ranked, reverse=True)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("cần giấy tờ gì và hết bao nhiêu tiền", "ask_documents", "ask_fee"),
        ("mất bao nhiêu tiền và bao lâu thì có", "ask_fee", "ask_time"),
        ("chờ bao lâu và mang giấy tờ nào", "ask_time", "ask_documents"),
    ],
)
def test_two_labels_in_one_sentence_come_in_the_order_asked(
    classifier: IntentClassifier, text: str, first: str, second: str
) -> None:
    prediction = classifier.predict(tokens(text))
    assert {label for label, _ in prediction.ranking()[:2]} == {first, second}
    assert min(prediction.scores[first], prediction.scores[second]) > 0.35
    assert max(s for label, s in prediction.scores.items() if label not in (first, second)) < 0.35
    assert prediction.at[first] < prediction.at[second]


def test_what_was_saved_predicts_the_same(classifier: IntentClassifier, tmp_path: Path) -> None:
    path = tmp_path / "classifier.npz"
    classifier.save(path)
    loaded = IntentClassifier.load(path)
    assert loaded.labels == classifier.labels
    for sequence, _ in examples():
        before, after = classifier.predict(sequence), loaded.predict(sequence)
        assert after.ranking()[0][0] == before.ranking()[0][0]
        assert after.scores == pytest.approx(before.scores, abs=0.005)
        assert after.at.keys() == before.at.keys()


def test_training_twice_gives_the_same(classifier: IntentClassifier) -> None:
    again = IntentClassifier.train(examples())
    sequence = tokens("cần giấy tờ gì")
    assert again.predict(sequence) == classifier.predict(sequence)


@pytest.mark.parametrize("text", ["", "xyzzy qwrt", "漢字"])
def test_words_never_seen_give_low_scores_and_no_failure(
    classifier: IntentClassifier, text: str
) -> None:
    prediction = classifier.predict(tokens(text))
    assert max(prediction.scores.values()) < 0.7


def test_a_prediction_takes_little_time(classifier: IntentClassifier) -> None:
    sequence = tokens("cần giấy tờ gì và hết bao nhiêu tiền " * 20)
    start = time.perf_counter()
    for _ in range(20):
        classifier.predict(sequence)
    assert (time.perf_counter() - start) / 20 < 0.05
