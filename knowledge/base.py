"""The knowledge base in memory: everything loaded, typed, indexed and immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from knowledge.family import Family, Variant
from knowledge.field_reports import Category, Deadlines, Unit
from knowledge.gazetteer import Gazetteer
from knowledge.locality import LocalFee, Locality, Office, PhoneNumber
from knowledge.procedure import Procedure
from knowledge.prompts import Prompts
from knowledge.text.normalise import Lexicon, Token


@dataclass(frozen=True)
class KnowledgeBase:
    """One consistent state of the knowledge; a change makes a new one.

    Attributes:
        procedures: by national code.
        families: by the name of their file.
        locality: the place that this installation serves.
        offices: its offices.
        phone_numbers: numbers that everybody can call.
        local_fees: the locality's figures by procedure code.
        categories: kinds of field reports.
        deadlines: working hours for handling them.
        units: the bodies that handle them.
        prompts: the assistant's own sentences.
        lexicon: short forms and known syllables.
        filler_words: words that carry no subject (courtesy, question words), folded, but for
            those that stand for another word in names ("đó" and "đỏ").
        exact_fillers, folded_fillers: all of them, with and without diacritics.
        refused_phrases: words in a row that mark what the assistant does not answer.
        checksum: of all files read; equal checksums mean equal knowledge.

    """

    procedures: Mapping[str, Procedure]
    families: Mapping[str, Family]
    locality: Locality
    offices: tuple[Office, ...]
    phone_numbers: tuple[PhoneNumber, ...]
    local_fees: Mapping[str, LocalFee]
    categories: tuple[Category, ...]
    deadlines: Deadlines
    units: tuple[Unit, ...]
    prompts: Prompts
    lexicon: Lexicon
    filler_words: frozenset[str]
    exact_fillers: frozenset[str]
    folded_fillers: frozenset[str]
    refused_phrases: tuple[tuple[Token, ...], ...]
    checksum: str
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _family_of(self) -> Mapping[str, Family]:
        return {v.code: family for family in self.families.values() for v in family.variants}

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The communes of the locality's province."""
        return Gazetteer(self.locality.name)

    def category(self, code: str) -> Category | None:
        """The category with this code."""
        return next((c for c in self.categories if c.code == code), None)

    def has_subject(self, token: Token) -> bool:
        """Whether a word says what a message is about, rather than being courtesy or a question."""
        if token.marked:
            return token.exact not in self.exact_fillers
        return token.folded not in self.folded_fillers

    def family_of(self, code: str) -> Family | None:
        """The family that a procedure belongs to, if any."""
        return self._family_of.get(code)

    def variant(self, code: str) -> Variant | None:
        """How a procedure stands in its family."""
        family = self.family_of(code)
        if family is None:
            return None
        return next(variant for variant in family.variants if variant.code == code)

    def label(self, code: str) -> str:
        """The short name for buttons."""
        variant = self.variant(code)
        return variant.label if variant else self.procedures[code].name
