"""Facets: the aspects of a procedure that a citizen can ask about."""

from __future__ import annotations

from enum import StrEnum


class Facet(StrEnum):
    """One aspect of a procedure; the value is the word used in the API and in evaluation files."""

    DOCUMENTS = "documents"
    FEE = "fee"
    TIME = "time"
    PLACE = "place"
    ONLINE = "online"
    FORM = "form"
    LEGAL_BASIS = "legal_basis"
    STEPS = "steps"
    CONDITIONS = "conditions"
    RESULT = "result"
    OVERVIEW = "overview"


STAFF_WORDS: dict[str, Facet] = {
    "giay_to": Facet.DOCUMENTS,
    "le_phi": Facet.FEE,
    "thoi_han": Facet.TIME,
    "noi_nop": Facet.PLACE,
    "truc_tuyen": Facet.ONLINE,
    "bieu_mau": Facet.FORM,
    "can_cu": Facet.LEGAL_BASIS,
    "cac_buoc": Facet.STEPS,
    "dieu_kien": Facet.CONDITIONS,
    "ket_qua": Facet.RESULT,
    "tong_quan": Facet.OVERVIEW,
}
"""The words that staff write in YAML (``mat: giay_to``) for each facet."""
