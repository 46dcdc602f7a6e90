from __future__ import annotations

from collections import Counter

from knowledge.text.normalise import Lexicon, normalise
from nlu.features import features
from nlu.masking import MASK


def of(text: str) -> Counter[str]:
    return Counter(features(normalise(text, Lexicon()).tokens))


def test_words_pairs_and_triples_are_taken_without_diacritics() -> None:
    found = of("lệ phí")
    assert {"1 le", "1 phi", "2 ^ le", "2 le phi", "2 phi $", "3 ^ le phi", "3 le phi $"} <= set(
        found
    )


def test_a_message_without_diacritics_has_no_features_that_the_full_one_lacks() -> None:
    assert set(of("le phi bao nhieu tien")) <= set(of("lệ phí bao nhiêu tiền"))


def test_diacritics_that_were_typed_add_exact_forms() -> None:
    assert "x phi1" in of("phí")
    assert not [feature for feature in of("phi") if feature.startswith("x ")]
    assert [feature for feature in of("lệ phí") if feature.startswith("y ")]
    assert not [feature for feature in of("lệ phi") if feature.startswith("y ")]


def test_letter_runs_let_a_slip_share_most_of_a_word() -> None:
    right, slip = set(of("nghiem")), set(of("nghiemm"))
    runs = {feature for feature in right if feature.startswith("c ")}
    assert len(runs & slip) >= len(runs) / 2


def test_repeats_are_counted() -> None:
    assert of("phí phí")["1 phi"] == 2


def test_the_mask_is_a_word_of_its_own() -> None:
    assert f"1 {MASK.folded}" in set(features([MASK]))


def test_an_empty_message_has_the_empty_frame_only() -> None:
    assert list(features([])) == ["2 ^ $"]
