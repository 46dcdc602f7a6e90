"""Normalisation: what a citizen typed or said, as words that the rest can compare.

Nothing is guessed about words that are already Vietnamese; only what can't be a Vietnamese word as
it stands (raw telex, chat spelling, words glued together) is rewritten. Diacritics are never added
to unaccented text: every comparison works with and without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from knowledge.text.folding import fold
from knowledge.text.keyboard import decode_telex, decode_vni
from knowledge.text.syllables import exact_key, folded_key, has_diacritics, is_syllable

MAX_CHARACTERS = 2_000
"""Longer messages are cut here: no question needs more, and work stays bounded."""

_WORD = re.compile(r"\d+(?:[.,/]\d+)+|[^\W_]+", re.UNICODE)
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]"
)
_STRETCHED = re.compile(r"([a-zà-ỹđ])\1{2,}")
_LONGEST_SYLLABLE = 7
SHORTEST_GLUED, LONGEST_GLUED = 6, 40
"""Letters of a word that may be several glued together."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a message.

    Attributes:
        word: normalised, lower case, with the diacritics that were typed.
        exact: key with diacritics, one for all spellings of a syllable.
        folded: key without diacritics.
        marked: whether the citizen typed any diacritic in this word.

    """

    word: str
    exact: str
    folded: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Utterance:
    """A normalised message.

    Attributes:
        text: the words, separated by one space.
        tokens: the words with their keys.
        marked: whether any word was typed with diacritics; those that spelling out a short form
            brought in ("ko" to "không") don't count.
        breaks: indices of tokens before which a comma, a full stop or a line break stood.

    """

    text: str
    tokens: tuple[Token, ...]
    marked: bool
    breaks: frozenset[int] = frozenset()

    @property
    def folded(self) -> str:
        """The words without diacritics, separated by one space."""
        return " ".join(token.folded for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What normalisation knows beyond the letters.

    Attributes:
        short_forms: chat spelling and abbreviations (folded or accented) to full words.
        syllables: folded syllables that occur in the knowledge base, for parting glued words.

    """

    short_forms: Mapping[str, str] = field(default_factory=dict)
    syllables: Set[str] = frozenset()


def clean(text: str) -> str:
    """Unicode form NFC, without control and invisible characters, at most MAX_CHARACTERS long."""
    text = unicodedata.normalize("NFC", text[: MAX_CHARACTERS * 2])
    text = unicodedata.normalize("NFC", _INVISIBLE.sub(" ", text))
    return re.sub(r"\s+", " ", text).strip()[:MAX_CHARACTERS]


def make_token(word: str) -> Token:
    """The token of one word that is already normalised."""
    return Token(word, exact_key(word), folded_key(word), has_diacritics(word))


def normalise(text: str, lexicon: Lexicon) -> Utterance:
    """Turn a message into comparable words; never fails, an empty result means no words."""
    cleaned = unicodedata.normalize("NFKC", clean(text)).lower()
    cleaned = _STRETCHED.sub(r"\1", cleaned)
    words: list[str] = []
    marked = False
    breaks: set[int] = set()
    end = 0
    for match in _WORD.finditer(cleaned):
        if words and re.search(r"[,.;?!\n]", cleaned[end : match.start()]):
            breaks.add(len(words))
        end = match.end()
        typed = match.group()
        marked = marked or (typed not in lexicon.short_forms and has_diacritics(typed))
        words.extend(_rewrite(typed, lexicon))
    tokens = tuple(make_token(word) for word in words)
    return Utterance(
        text=" ".join(words),
        tokens=tokens,
        marked=marked,
        breaks=frozenset(breaks),
    )


def _rewrite(word: str, lexicon: Lexicon) -> list[str]:
    full = lexicon.short_forms.get(word)
    if full is not None:
        return full.split()
    if word.isdigit() or word[0].isdigit():
        return [word]
    decoded = decode_telex(word) or decode_vni(word)
    if decoded is not None:
        return [decoded]
    parts = _part_glued(word, lexicon)
    return parts or [word]


def _part_glued(word: str, lexicon: Lexicon) -> list[str] | None:
    """``"giaykhaisinh"`` to its syllables, by the fewest known ones; None where it is not glued."""
    if not SHORTEST_GLUED <= len(word) <= LONGEST_GLUED:
        return None
    folded = fold(word)
    if is_syllable(folded) or len(folded) != len(word):
        return None
    best: list[tuple[int, int] | None] = [(0, 0)] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            before = best[start]
            if before is None or folded_key(folded[start:end]) not in lexicon.syllables:
                continue
            if end - start < 2:
                continue
            current = best[end]
            if current is None or before[0] + 1 < current[0]:
                best[end] = (before[0] + 1, start)
    if best[-1] is None:
        return None
    parts: list[str] = []
    end = len(word)
    while end > 0:
        step = best[end]
        assert step is not None  # noqa: S101 - the chain to best[-1] has no holes
        parts.append(word[step[1] : end])
        end = step[1]
    return parts[::-1]
