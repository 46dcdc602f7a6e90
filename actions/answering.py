"""Answering: which procedure and facet a message means in its context, and the replies to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.choices import chosen_number, chosen_words
from actions.context import Context, Outcome
from actions.replies import ReplyMaker
from actions.reply import Act, Reply
from knowledge.facets import Facet
from knowledge.live import KnowledgeState
from knowledge.text.normalise import Utterance, normalise
from knowledge.text.phrases import find_phrase
from nlu.understanding import LinkedProcedure, Understanding

ANSWERED = 0.4
"""Link confidence from which a procedure is answered about."""
ANSWERED_WHEN_ASKED = 0.27
"""The same where the message certainly asks for a facet."""
CERTAIN = 0.8
"""Within a conversation, a message with hardly a word of substance changes the procedure only
from this link confidence."""
CERTAINLY_ASKED = 0.85
DOUBTFUL = 0.15
"""Link confidence from which the citizen is asked whether one of the candidates is meant."""
FOLLOW_UP_WORDS = 3
"""A message with more words of substance than this is no follow-up about the last procedure."""
VAGUE_WORDS = 2
"""A message with no more words of substance than this may be too vague rather than foreign."""
NEAR = 0.03
"""Link confidence from which a candidate is worth offering in answer to a vague question."""
FOREIGN_SCOPE = 0.8
"""Under this probability of being for us, a vague message is refused."""
_STEPS = frozenset({"buoc", "cach", "trinh"})
MAX_OFFERED = 6
MAX_REPLIES = 4
FAILURES_BEFORE_A_PERSON = 3
_AND_HOW_ABOUT = frozenset({"con", "the", "vay", "thi"})
_BEFORE_IT = frozenset({"da", "vang", "u", "a", "o", "oi", "em", "anh", "chi", "roi"})
_THEN_WHAT = re.compile(r"(?<!lam )\b(sao|thi (nhu )?the nao)( (a|nhi|vay|the|em|ban|ha))*$")
"""How a message ends that asks the same once more: "còn … thì sao", but not "làm sao"."""


class Answering:
    """Decides about one message."""

    def __init__(self, state: KnowledgeState, context: Context) -> None:
        self._state = state
        self._context = context
        self._make = ReplyMaker(state)

    def question(self, utterance: Utterance, understanding: Understanding) -> Outcome:
        """A message that asks for a facet of a procedure (or names one)."""
        facets = self._facets(utterance, understanding)
        asked = understanding.asks >= CERTAINLY_ASKED
        enough = ANSWERED_WHEN_ASKED if asked else ANSWERED
        named = [link for link in understanding.links if link.confidence >= enough]
        if understanding.content <= 1 and self._context.procedure is not None:
            named = [link for link in named if link.confidence >= CERTAIN]
        picked = self._picked(utterance, understanding, named)
        if picked is not None:
            return self._answer([picked], self._wanted_before(facets if asked else ()))
        if any(link.ambiguous for link in named):
            return self._ask_back(next(link for link in named if link.ambiguous), facets)
        if named:
            return self._answer([link.codes[0] for link in named], facets, utterance)
        sibling = self._sibling(utterance, understanding)
        if sibling is not None:
            return self._answer([sibling], self._wanted_before(facets))
        if self._is_follow_up(understanding):
            assert self._context.procedure is not None  # noqa: S101 - told by _is_follow_up
            return self._answer([self._context.procedure], facets, utterance)
        doubtful = [link for link in understanding.links if link.confidence >= DOUBTFUL]
        if doubtful:
            return self._ask_back(doubtful[0], facets)
        if understanding.content == 0 or self._is_vague(understanding):
            return self._which_procedure(understanding, facets)
        return self.refusal("chua_hieu")

    def corrected(self, utterance: Utterance, understanding: Understanding) -> Outcome | None:
        """A correction that says what was meant ("à không, ý tôi là …"); None where it doesn't."""
        if all(link.confidence < DOUBTFUL for link in understanding.links):
            return None
        facets = self._wanted_before(self._facets(utterance, understanding))
        afresh = Answering(self._state, replace(self._context, procedure=None, offered=()))
        return afresh.question(utterance, replace(understanding, facets=_values(facets)))

    def choice(self, utterance: Utterance, understanding: Understanding) -> Outcome:
        """A message that picks one of the offered candidates by number or word."""
        code = self._picked(utterance, understanding) or self._sibling(utterance, understanding)
        if code is not None:
            return self._answer([code], self._wanted_before(()))
        name = "chon_khong_ro" if self._context.offered else "hoi_thu_tuc_nao"
        reply = self._make.prompt(name, Act.CLARIFY)
        if self._context.offered:
            reply = replace(reply, candidates=self._context.offered)
        return Outcome([reply], replace(self._context, failures=self._context.failures + 1))

    def pressed(self, code: str, facet: Facet | None) -> Outcome:
        """A pressed button for a procedure, with or without a facet."""
        if code not in self._state.base.procedures:
            reply = self._make.prompt("nut_het_han", Act.PROMPT)
            return Outcome([reply], self._context)
        return self._answer([code], (facet,) if facet else self._wanted_before(()))

    def refusal(self, prompt: str) -> Outcome:
        """An honest "that I don't know", with where to turn; a person after several in a row."""
        failures = self._context.failures + 1
        if failures >= FAILURES_BEFORE_A_PERSON:
            contact = self._state.base.prompts.text(
                "lien_he_khong_so", ten=self._make.where_to_ask()
            )
            reply = self._make.prompt("chua_hieu_nhieu_lan", Act.REFUSE, lien_he=contact)
        else:
            reply = self._make.prompt(prompt, Act.REFUSE, noi_hoi=self._make.where_to_ask())
        context = replace(self._context, failures=failures, procedure=None, facets=())
        return Outcome([reply], context)

    def unclear(self, utterance: Utterance, understanding: Understanding) -> Outcome:
        """A message that fits no intent: perhaps it answers our question or names a procedure."""
        code = self._picked(utterance, understanding) or self._sibling(utterance, understanding)
        if code is not None:
            return self._answer([code], self._wanted_before(()))
        if understanding.content > 0 and self._is_vague(understanding):
            return self._which_procedure(understanding, ())
        return self.refusal("chua_hieu" if understanding.in_scope > 0.5 else "ngoai_pham_vi")

    def _facets(self, utterance: Utterance, understanding: Understanding) -> tuple[Facet, ...]:
        facets = tuple(Facet(facet) for facet in understanding.facets)
        asked_which = self._context.procedure is None
        if _asks_the_same(utterance, facets) or (asked_which and _unsaid(facets)):
            return self._wanted_before(())
        return facets

    def _sibling(self, utterance: Utterance, understanding: Understanding) -> str | None:
        """The variant of the last procedure that "thế … thì sao" turns to by one of its cues."""
        code = self._context.procedure
        family = self._state.base.family_of(code) if code else None
        if family is None:
            return None
        return self._by_cue(utterance, understanding, [variant.code for variant in family.variants])

    def _by_cue(
        self, utterance: Utterance, understanding: Understanding, codes: Sequence[str]
    ) -> str | None:
        """The variant that a short message without a facet of its own names by a cue."""
        facets = tuple(Facet(facet) for facet in understanding.facets)
        if understanding.content > FOLLOW_UP_WORDS or not (
            _unsaid(facets) or _asks_the_same(utterance, facets)
        ):
            return None
        lengths = {code: self._longest_cue(utterance, code) for code in codes}
        best = max(lengths, key=lambda code: lengths[code], default=None)
        if best is None or lengths[best] == 0:
            return None
        return best if list(lengths.values()).count(lengths[best]) == 1 else None

    def _longest_cue(self, utterance: Utterance, code: str) -> int:
        """Words of the longest of a variant's cues that the message has."""
        variant = self._state.base.variant(code)
        cues = variant.cues if variant else ()
        phrases = (normalise(cue, self._state.base.lexicon).tokens for cue in cues)
        met = (len(p) for p in phrases if p and find_phrase(utterance, p) is not None)
        return max(met, default=0)

    def _wanted_before(self, facets: Sequence[Facet]) -> tuple[Facet, ...]:
        if facets and tuple(facets) != (Facet.OVERVIEW,):
            return tuple(facets)
        return tuple(Facet(facet) for facet in self._context.facets) or (Facet.OVERVIEW,)

    def _picked(
        self,
        utterance: Utterance,
        understanding: Understanding,
        named: Sequence[LinkedProcedure] = (),
    ) -> str | None:
        """The offered candidate that the message chooses, if it does."""
        offered = self._context.offered
        if not offered:
            return None
        index = chosen_number(utterance, len(offered))
        if index is not None:
            return offered[index]
        by_cue = self._by_cue(utterance, understanding, offered)
        if by_cue is not None:
            return by_cue
        labels = [self._state.base.label(code) for code in offered]
        if understanding.content > 0 or not understanding.facets:
            index = chosen_words(utterance, labels)
        clear = [link.codes[0] for link in named if not link.ambiguous]
        if clear and (index is None or not self._is_said_by(utterance, labels[index])):
            return clear[0] if clear[0] in offered else None
        return None if index is None else offered[index]

    def _is_said_by(self, utterance: Utterance, label: str) -> bool:
        """Whether a button's label has all words of substance of a message."""
        own = {token.folded for token in normalise(label, self._state.base.lexicon).tokens}
        said = {token.folded for token in utterance.tokens}
        return said - self._state.base.filler_words <= own

    def _is_follow_up(self, understanding: Understanding) -> bool:
        return (
            self._context.procedure in self._state.base.procedures
            and understanding.content <= FOLLOW_UP_WORDS
        )

    def _answer(
        self,
        codes: Sequence[str],
        facets: Sequence[Facet],
        utterance: Utterance | None = None,
    ) -> Outcome:
        """Answer each facet of each procedure; a special question gets its own answer."""
        wanted = tuple(facets) or (Facet.OVERVIEW,)
        replies: list[Reply] = [
            self._make.answer(code, facet, wanted) for code in codes for facet in wanted
        ][:MAX_REPLIES]
        special = (
            self._state.special_answers.find(codes[0], utterance)
            if utterance is not None and len(codes) == 1
            else None
        )
        if special is not None:
            replies = [replace(replies[0], text=special, speech=special)]
        after = self._context.understood(procedure=codes[-1], facets=_values(wanted))
        return Outcome(replies, after)

    @staticmethod
    def _is_vague(understanding: Understanding) -> bool:
        """Whether a message says too little, rather than something foreign to us."""
        return (
            understanding.content <= VAGUE_WORDS
            and understanding.unknown == 0
            and understanding.in_scope >= FOREIGN_SCOPE
        )

    def _which_procedure(self, understanding: Understanding, facets: Sequence[Facet]) -> Outcome:
        """A question that names no procedure: ask which, with the nearest ones offered."""
        if self._context.offered:
            context = replace(self._context, facets=_values(facets) or self._context.facets)
            return Outcome([self._make.clarify(context.offered, None)], context)
        near = [c for link in understanding.links if link.confidence >= NEAR for c in link.codes]
        if near:
            link = replace(understanding.links[0], codes=tuple(near[:3]), family=None)
            return self._ask_back(link, facets)
        reply = self._make.prompt("hoi_thu_tuc_nao", Act.CLARIFY)
        return Outcome([reply], self._context.understood(facets=_values(facets)))

    def _ask_back(self, link: LinkedProcedure, facets: Sequence[Facet]) -> Outcome:
        base = self._state.base
        question = None
        codes = link.codes[:MAX_OFFERED]
        if link.family is not None:
            family = base.families[link.family]
            question = family.question
            codes = tuple(variant.code for variant in family.variants)
        elif link.confidence >= ANSWERED:
            codes = codes[:2]
        else:
            codes = codes[:3]
        context = replace(
            self._context, offered=codes, facets=_values(facets), procedure=None, failures=0
        )
        return Outcome([self._make.clarify(codes, question)], context)


def _unsaid(facets: Sequence[Facet]) -> bool:
    """Whether a message left open what it asks for."""
    return set(facets) <= {Facet.OVERVIEW}


def _asks_the_same(utterance: Utterance, facets: Sequence[Facet]) -> bool:
    """Whether a message such as "còn kết hôn thì sao" asks what was asked before."""
    words = [token.folded for token in utterance.tokens]
    while words and words[0] in _BEFORE_IT:
        words = words[1:]
    if not words or words[0] not in _AND_HOW_ABOUT:
        return False
    taken_for_steps = set(facets) <= {Facet.OVERVIEW, Facet.STEPS} and not _STEPS & set(words)
    return _unsaid(facets) or (taken_for_steps and bool(_THEN_WHAT.search(" ".join(words))))


def _values(facets: Sequence[Facet]) -> tuple[str, ...]:
    return tuple(facet.value for facet in facets)
