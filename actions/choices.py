"""Choices: which of the offered ones the citizen means by a number, an ordinal or a word."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.text.normalise import Lexicon, Token, Utterance, normalise

_NUMBERS = {
    "1": 0, "mot": 0, "nhat": 0, "dau": 0, "tren": 0,
    "2": 1, "hai": 1, "nhi": 1,
    "3": 2, "ba": 2,
    "4": 3, "bon": 3, "tu": 3,
    "5": 4, "nam": 4,
    "6": 5, "sau": 5,
    "cuoi": -1, "duoi": -1, "chot": -1,
}  # fmt: skip
_AROUND = frozenset(
    (
        "cai so thu thuc y muc lua chon chon truong hop tien dau nhe a da oi di em anh chi "
        "toi minh la cung cho ben phia dap an cuoi"
    ).split()
)
MAX_CHOICE_WORDS = 6


def chosen_number(utterance: Utterance, count: int) -> int | None:
    """The index that a short message such as "cái thứ hai" names among ``count`` choices."""
    words = [token.folded for token in utterance.tokens]
    if not words or len(words) > MAX_CHOICE_WORDS or count == 0:
        return None
    named = [_NUMBERS[word] for word in words if word in _NUMBERS]
    others = [word for word in words if word not in _NUMBERS and word not in _AROUND]
    if not named or others:
        return None
    index = named[0] if named[0] >= 0 else count + named[0]
    return index if 0 <= index < count else None


def chosen_words(utterance: Utterance, labels: Sequence[str]) -> int | None:
    """The index of the one label with which the message shares words that the others lack."""
    bags = [normalise(label, Lexicon()).tokens for label in labels]
    met = [
        {token.folded for token in utterance.tokens if _in_label(token, bag, utterance.marked)}
        for bag in bags
    ]
    own = [
        len(words - set().union(*(other for j, other in enumerate(met) if j != i)))
        for i, words in enumerate(met)
    ]
    best = max(own, default=0)
    return own.index(best) if best > 0 and own.count(best) == 1 else None


def _in_label(typed: Token, label: Sequence[Token], marked: bool) -> bool:
    """Whether a label has a word; where diacritics were typed at all, they must agree."""
    return any(
        typed.exact == word.exact if marked else typed.folded == word.folded for word in label
    )
