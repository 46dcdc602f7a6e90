"""The procedure linker: ranks procedures for a message and says how sure it is.

A name's score is the weight of what the message shares with it times the share of the name that
this covers, so a longer, more specific name that is met in full beats a short one inside it; what
other names of the same procedure explain besides adds a little. Variants of one family are then
told apart by their cues. No step needs training: a new entry is known as soon as it is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.linking.index import Matches, Name, NameIndex
from knowledge.linking.spelling import SpellingRepair
from knowledge.text.normalise import Token, Utterance, normalise
from knowledge.text.phrases import find_phrase

CANDIDATES = 5
UNION_SHARE = 0.35
"""What the words explained by a procedure's other names add, relative to the best name."""
COVERAGE_POWER = 1.25
OFFICIAL_WEIGHT = 0.9
"""Official names are long and general; a match in what people say counts more."""
CLOSE = 0.93
"""A second candidate within this share of the first makes the message ambiguous."""
SPLIT_COVERAGE = 0.85
"""Each of two procedures named in one message must have a name covered this far."""
SPLIT_WORDS = frozenset({"va", "voi", "roi", "cung", "them"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A procedure that a message may mean.

    Attributes:
        code: national code.
        score: comparable within one message only.
        coverage: share of its best matching name found in the message, 0 to 1.
        tokens: positions of the message's words that this name explains.
    """

    code: str
    score: float
    coverage: float
    tokens: frozenset[int]


@dataclass(frozen=True, slots=True)
class Link:
    """What a message links to.

    Attributes:
        candidates: best first, at most CANDIDATES.
        confidence: 0 to 1, that the first one is what the message is about.
        explained: share of the message's content that the first candidate explains, 0 to 1.
        family: key of the family where the message names one without saying which variant.
        ambiguous: whether the citizen should be asked which candidate is meant.
    """

    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    explained: float = 0.0
    family: str | None = None
    ambiguous: bool = False

    @property
    def best(self) -> Candidate | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True, slots=True)
class _VariantCues:
    code: str
    phrases: tuple[tuple[Token, ...], ...]


@dataclass(frozen=True, slots=True)
class _FamilyCues:
    key: str
    default: str | None
    variants: tuple[_VariantCues, ...]


class ProcedureLinker:
    """Links messages to the procedures of one knowledge base; immutable, safe across threads."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._lexicon = knowledge.lexicon
        self._codes = list(knowledge.procedures)
        self._families = [self._family_cues(knowledge, key) for key in knowledge.families]
        self._family_at = {
            code.code: i for i, family in enumerate(self._families) for code in family.variants
        }
        self._index = NameIndex(
            self._names(knowledge),
            len(self._codes) + len(self._families),
            knowledge.filler_words,
        )
        self._spelling = SpellingRepair(self._index.knows, knowledge.filler_words)

    def link(self, utterance: Utterance) -> Link:
        """Rank the procedures for one message."""
        utterance = self._repaired(utterance)
        if not utterance.tokens:
            return Link()
        matches = self._index.match(utterance)
        scores, best_names = self._scores(matches)
        if scores.max(initial=0.0) <= 0:
            return Link()
        order = np.argsort(-scores)[: CANDIDATES * 3]
        order = order[scores[order] > 0]
        return self._decide(utterance, matches, scores, best_names, order)

    def link_all(self, utterance: Utterance) -> tuple[Link, ...]:
        """As ``link``, but two procedures named side by side give two links, in that order."""
        whole = self.link(utterance)
        if whole.best is None:
            return (whole,)
        for at in self._split_points(utterance):
            left, right = (self.link(part) for part in _cut(utterance, at))
            if self._both_named(left, right):
                assert right.best is not None  # noqa: S101 - told by _both_named
                shifted = frozenset(i + at for i in right.best.tokens)
                moved = replace(right.best, tokens=shifted)
                return (left, replace(right, candidates=(moved, *right.candidates[1:])))
        return (whole,)

    def names_of(self, code: str) -> list[str]:
        """Every name under which a procedure is known, normalised."""
        target = self._codes.index(code)
        return [name.utterance.text for name in self._index.names if name.target == target]

    def _names(self, knowledge: KnowledgeBase) -> list[Name]:
        names: list[Name] = []

        def add(target: int, text: str, weight: float = 1.0) -> None:
            utterance = normalise(text, self._lexicon)
            if utterance.tokens:
                names.append(Name(target, utterance, weight))

        for target, procedure in enumerate(knowledge.procedures.values()):
            add(target, procedure.name)
            add(target, procedure.official_name, OFFICIAL_WEIGHT)
            for other in procedure.other_names:
                add(target, other)
        for i, family in enumerate(knowledge.families.values()):
            for generic in (family.name, *family.generic_names):
                add(len(self._codes) + i, generic)
        return names

    def _family_cues(self, knowledge: KnowledgeBase, key: str) -> _FamilyCues:
        family = knowledge.families[key]
        variants = tuple(
            _VariantCues(
                variant.code,
                tuple(normalise(cue, self._lexicon).tokens for cue in variant.cues),
            )
            for variant in family.variants
        )
        return _FamilyCues(key, family.default, variants)

    def _repaired(self, utterance: Utterance) -> Utterance:
        tokens = tuple(self._spelling.repair(token) for token in utterance.tokens)
        if tokens == utterance.tokens:
            return utterance
        return replace(utterance, tokens=tokens, text=" ".join(token.word for token in tokens))

    def _scores(self, matches: Matches) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        index = self._index
        by_name = matches.mass * matches.coverage**COVERAGE_POWER * index.weight_of
        best = np.zeros(index.targets)
        np.maximum.at(best, index.target_of, by_name)
        best_names = np.full(index.targets, -1, dtype=np.int64)
        winners = by_name >= best[index.target_of] - 1e-12
        best_names[index.target_of[winners]] = np.nonzero(winners)[0]
        union = np.where(best > 0, matches.union * UNION_SHARE, 0.0)
        return best + union, best_names

    def _decide(
        self,
        utterance: Utterance,
        matches: Matches,
        scores: np.ndarray,  # type: ignore[type-arg]
        best_names: np.ndarray,  # type: ignore[type-arg]
        order: np.ndarray,  # type: ignore[type-arg]
    ) -> Link:
        def candidate(target: int, code: str) -> Candidate:
            name = int(best_names[target])
            return Candidate(
                code,
                float(scores[target]),
                float(matches.coverage[name]) if name >= 0 else 0.0,
                self._index.matched_tokens(name, utterance) if name >= 0 else frozenset(),
            )

        ranked: list[Candidate] = []
        asked_family: str | None = None
        for target in map(int, order):
            if target < len(self._codes):
                chosen = [candidate(target, self._codes[target])]
            else:
                family = self._families[target - len(self._codes)]
                if not ranked:
                    asked_family = family.key
                codes = [family.default] if family.default else [v.code for v in family.variants]
                chosen = [candidate(target, code) for code in codes]
            known = {c.code for c in ranked}
            ranked.extend(c for c in chosen if c.code not in known)
        ranked, settled = self._apply_cues(utterance, ranked)
        ranked = ranked[:CANDIDATES]
        best = ranked[0]
        family = self._families[self._family_at[best.code]] if best.code in self._family_at else None
        if settled or (family and family.default):
            asked_family = None
        ambiguous = asked_family is not None or (not settled and self._close(ranked, family))
        explained = min(1.0, self._explained(utterance, best, matches))
        return Link(
            candidates=tuple(ranked),
            confidence=self._confidence(best, ranked, explained, matches),
            explained=explained,
            family=asked_family,
            ambiguous=ambiguous,
        )

    def _apply_cues(
        self, utterance: Utterance, ranked: list[Candidate]
    ) -> tuple[list[Candidate], bool]:
        """Put the variant that the message's cues name first; tells whether one did."""
        best = ranked[0]
        at = self._family_at.get(best.code)
        if at is None:
            return ranked, False
        hits: dict[str, int] = {}
        for variant in self._families[at].variants:
            lengths = [
                len(phrase)
                for phrase in variant.phrases
                if phrase and find_phrase(utterance, phrase) is not None
            ]
            if lengths:
                hits[variant.code] = max(lengths)
        if not hits:
            return ranked, False
        if best.code in hits and hits[best.code] >= max(hits.values()):
            return ranked, True
        longest = max(hits.values())
        winners = [code for code, length in hits.items() if length == longest]
        if len(winners) > 1:
            order = {candidate.code: i for i, candidate in enumerate(ranked)}
            winners.sort(key=lambda code: order.get(code, len(order)))
        chosen = replace(best, code=winners[0])
        rest = [candidate for candidate in ranked if candidate.code != winners[0]]
        return [chosen, *rest], True

    @staticmethod
    def _close(ranked: Sequence[Candidate], family: _FamilyCues | None) -> bool:
        if len(ranked) < 2 or ranked[1].score < CLOSE * ranked[0].score:
            return False
        if family and family.default == ranked[0].code:
            return all(v.code != ranked[1].code for v in family.variants)
        return True

    def _explained(self, utterance: Utterance, best: Candidate, matches: Matches) -> float:
        explained = sum(
            self._index.weight(folded)
            for folded in {utterance.tokens[i].folded for i in best.tokens}
        )
        return explained / matches.content if matches.content else 0.0

    @staticmethod
    def _confidence(
        best: Candidate, ranked: Sequence[Candidate], explained: float, matches: Matches
    ) -> float:
        rival = ranked[1].score / best.score if len(ranked) > 1 else 0.0
        evidence = best.score / 6.0
        logit = -6.2 + 4.6 * best.coverage + 2.2 * explained + 1.6 * min(evidence, 2.0)
        return float(1 / (1 + np.exp(-(logit - 1.2 * max(0.0, rival - 0.8) * 5 * 0.2))))

    @staticmethod
    def _split_points(utterance: Utterance) -> list[int]:
        points = set(utterance.breaks)
        points |= {i for i, token in enumerate(utterance.tokens) if token.folded in SPLIT_WORDS}
        return sorted(p for p in points if 2 <= p <= len(utterance.tokens) - 2)

    def _both_named(self, left: Link, right: Link) -> bool:
        first, second = left.best, right.best
        if first is None or second is None or first.code == second.code:
            return False
        if self._family_at.get(first.code, -1) == self._family_at.get(second.code, -2):
            return False
        return min(first.coverage, second.coverage) >= SPLIT_COVERAGE and (
            min(left.confidence, right.confidence) >= 0.6
        )


def _cut(utterance: Utterance, at: int) -> tuple[Utterance, Utterance]:
    def part(tokens: tuple[Token, ...]) -> Utterance:
        return Utterance(" ".join(token.word for token in tokens), tokens, utterance.marked)

    return part(utterance.tokens[:at]), part(utterance.tokens[at:])


