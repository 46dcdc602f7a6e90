"""The procedure linker: ranks procedures for a message and says how sure it is.

A name's score is the weight of what the message shares with it times the share of the name that
this covers, so a longer, more specific name that is met in full beats a short one inside it. The
agreement with all that is said about the procedure is added. Variants of one family are then
told apart by their cues. No step needs training: a new entry is known as soon as it is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from knowledge.base import KnowledgeBase
from knowledge.linking.confidence import Evidence, confidence
from knowledge.linking.index import Floats, Matches, Name, NameIndex
from knowledge.linking.profiles import Profiles
from knowledge.linking.spelling import SpellingRepair
from knowledge.text.normalise import Token, Utterance, normalise
from knowledge.text.phrases import find_phrase

IntArray = NDArray[np.int64]

CANDIDATES = 5
PROFILE_SHARE = 24.0
"""What a full agreement with a procedure's profile adds."""
QUESTION_WEIGHT = 1.0
SUMMARY_WEIGHT = 0.5
COVERAGE_POWER = 1.5
"""How much a name that is met in part only loses."""
OFFICIAL_WEIGHT = 0.9
"""Official names are long and general; a match in what people say counts more."""
DEFAULT_SHARE = 0.85
"""Without a cue, a family's default wins from this share of the best variant's score."""
CLOSE = 0.93
"""A second candidate within this share of the first makes the message ambiguous."""
GENERIC_COVERAGE = 0.8
"""A family without a default is asked about where its generic name is met this far."""
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
        mass: weight of what the message shares with that name.
        agreement: cosine of the message with the procedure's profile, 0 to 1.
        tokens: positions of the message's words that this name explains.

    """

    code: str
    score: float
    coverage: float
    mass: float
    agreement: float
    tokens: frozenset[int]


@dataclass(frozen=True, slots=True)
class Link:
    """What a message links to.

    Attributes:
        candidates: best first, at most CANDIDATES.
        confidence: 0 to 1, that the first one is what the message is about.
        explained: share of the message's content that the first candidate explains, 0 to 1.
        evidence: what the confidence was computed from.
        family: key of the family where the message names one without saying which variant.
        ambiguous: whether the citizen should be asked which candidate is meant.

    """

    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0
    explained: float = 0.0
    evidence: Evidence | None = None
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
        self._has_subject = knowledge.has_subject
        self._fillers = knowledge.filler_words
        self._read = cache(partial(normalise, lexicon=knowledge.lexicon))
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
        self._profiles = Profiles(self._texts(knowledge), knowledge.filler_words)
        self._read.cache_clear()
        self._spelling = SpellingRepair(self._index.knows, knowledge.filler_words)

    def link(self, utterance: Utterance) -> Link:
        """Rank the procedures for one message."""
        utterance = self._repaired(utterance)
        if not utterance.tokens:
            return Link()
        matches = self._index.match(utterance)
        scores, best_names, agreement = self._scores(utterance, matches)
        if scores.max(initial=0.0) <= 0:
            return Link()
        order = np.argsort(-scores)[: CANDIDATES * 3]
        order = order[scores[order] > 0]
        return self._decide(utterance, matches, scores, best_names, agreement, order)

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

    def knows(self, token: Token) -> bool:
        """Whether any procedure's name has this word (in one spelling or another)."""
        return self._index.knows(self._spelling.repair(token).folded)

    def _names(self, knowledge: KnowledgeBase) -> list[Name]:
        names: list[Name] = []

        def add(target: int, text: str, weight: float = 1.0) -> None:
            utterance = self._read(text)
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
                tuple(self._read(cue).tokens for cue in variant.cues),
            )
            for variant in family.variants
        )
        return _FamilyCues(key, family.default, variants)

    def _repaired(self, utterance: Utterance) -> Utterance:
        tokens = tuple(self._spelling.repair(token) for token in utterance.tokens)
        if tokens == utterance.tokens:
            return utterance
        return replace(utterance, tokens=tokens, text=" ".join(token.word for token in tokens))

    def _texts(self, knowledge: KnowledgeBase) -> list[list[tuple[Utterance, float]]]:
        """Per target, what its profile is made of."""

        def read(text: str, weight: float) -> tuple[Utterance, float]:
            return self._read(text), weight

        texts = [
            [
                *(read(name, 1.0) for name in (p.name, *p.other_names)),
                *(read(q.question, QUESTION_WEIGHT) for q in p.test_questions),
                *(read(q, QUESTION_WEIGHT) for s in p.special_answers for q in s.questions),
                read(p.official_name, SUMMARY_WEIGHT),
                read(p.summary, SUMMARY_WEIGHT),
            ]
            for p in knowledge.procedures.values()
        ]
        return texts + [[] for _ in self._families]

    def _scores(self, utterance: Utterance, matches: Matches) -> tuple[Floats, IntArray, Floats]:
        index = self._index
        by_name = matches.mass * matches.coverage**COVERAGE_POWER * index.weight_of
        best = np.zeros(index.targets)
        np.maximum.at(best, index.target_of, by_name)
        best_names = np.full(index.targets, -1, dtype=np.int64)
        winners = by_name >= best[index.target_of] - 1e-12
        best_names[index.target_of[winners]] = np.nonzero(winners)[0]
        agreement = self._profiles.compare(utterance)
        return best + agreement * PROFILE_SHARE, best_names, agreement

    def _decide(
        self,
        utterance: Utterance,
        matches: Matches,
        scores: Floats,
        best_names: IntArray,
        agreement: Floats,
        order: IntArray,
    ) -> Link:
        def candidate(target: int, code: str) -> Candidate:
            name = int(best_names[target])
            return Candidate(
                code,
                float(scores[target]),
                float(matches.coverage[name]) if name >= 0 else 0.0,
                float(matches.mass[name]) if name >= 0 else 0.0,
                float(agreement[target]),
                self._index.matched_tokens(name, utterance) if name >= 0 else frozenset(),
            )

        ranked: list[Candidate] = []
        for target in map(int, order):
            if target < len(self._codes):
                _gather(ranked, candidate(target, self._codes[target]))
                continue
            named = self._families[target - len(self._codes)]
            codes = [named.default] if named.default else [v.code for v in named.variants]
            for code in codes:
                _gather(ranked, candidate(target, code))
        ranked, settled = self._apply_cues(utterance, ranked)
        ranked = ranked[:CANDIDATES]
        best = ranked[0]
        family = (
            self._families[self._family_at[best.code]] if best.code in self._family_at else None
        )
        asked_family: str | None = None
        if family is not None and family.default is None and not settled:
            generic = len(self._codes) + self._family_at[best.code]
            coverage = candidate(generic, best.code).coverage if generic in order else 0.0
            if coverage >= max(GENERIC_COVERAGE, best.coverage):
                asked_family = family.key
        ambiguous = asked_family is not None or (not settled and self._close(ranked, family))
        explained = min(1.0, self._explained(utterance, best, matches))
        subject = self._subject_share(utterance, best)
        evidence = self._evidence(ranked, explained, matches.content, subject)
        return Link(
            candidates=tuple(ranked),
            confidence=confidence(evidence),
            evidence=evidence,
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
            return self._default_first(ranked, self._families[at]), False
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
    def _default_first(ranked: list[Candidate], family: _FamilyCues) -> list[Candidate]:
        """Without any cue, a variant must beat the family's default clearly."""
        best = ranked[0]
        default = next((c for c in ranked if c.code == family.default), None)
        if default is None or default is best or default.score < DEFAULT_SHARE * best.score:
            return ranked
        return [default, *(c for c in ranked if c is not default)]

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

    def _subject_share(self, utterance: Utterance, best: Candidate) -> float:
        """Share of the words with a subject that the best name explains; a plain "so do" has one
        where the name means "sổ đỏ" by it.
        """
        subject = [
            i
            for i, token in enumerate(utterance.tokens)
            if self._has_subject(token) or (i in best.tokens and token.folded not in self._fillers)
        ]
        return sum(i in best.tokens for i in subject) / len(subject) if subject else 0.0

    def _evidence(
        self, ranked: Sequence[Candidate], explained: float, content: float, subject: float
    ) -> Evidence:
        best = ranked[0]
        siblings = self._siblings(best.code)
        rival = max((c.score for c in ranked[1:] if c.code not in siblings), default=0.0)
        return Evidence(
            coverage=best.coverage,
            explained=explained,
            agreement=best.agreement,
            mass=best.mass,
            margin=1.0 - rival / best.score,
            content=content,
            subject=subject,
        )

    def _siblings(self, code: str) -> frozenset[str]:
        at = self._family_at.get(code)
        if at is None:
            return frozenset()
        return frozenset(variant.code for variant in self._families[at].variants)

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


def _gather(ranked: list[Candidate], found: Candidate) -> None:
    """Add a candidate; what a family's generic name says for one that is there strengthens it."""
    at = next((i for i, known in enumerate(ranked) if known.code == found.code), None)
    if at is None:
        ranked.append(found)
        return
    known = ranked[at]
    if found.coverage > known.coverage:
        tokens = found.tokens | known.tokens
        ranked[at] = replace(known, coverage=found.coverage, mass=found.mass, tokens=tokens)
    elif found.agreement > known.agreement:
        ranked[at] = replace(known, agreement=found.agreement)


def _cut(utterance: Utterance, at: int) -> tuple[Utterance, Utterance]:
    def part(tokens: tuple[Token, ...]) -> Utterance:
        return Utterance(" ".join(token.word for token in tokens), tokens, utterance.marked)

    return part(utterance.tokens[:at]), part(utterance.tokens[at:])
