"""The report being written: what the citizen has said of it so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Step(StrEnum):
    """What the assistant asked last."""

    WHAT = "what"
    CATEGORY = "category"
    WHERE = "where"
    AREA = "area"
    DUPLICATE = "duplicate"
    PHOTOS = "photos"
    PHONE = "phone"
    CONFIRM = "confirm"
    CORRECT = "correct"
    REPLY = "reply"
    RATING_WORDS = "rating_words"


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A report in the making; it lives in the conversation until it is confirmed.

    Attributes:
        step: what was asked last.
        description, address: the citizen's words.
        category: code, once known.
        area: key of the commune, once known; area_settled where it need not be asked any more;
            area_asked counts the questions for it.
        offered: keys of the categories or communes offered in the last question.
        duplicate: code of a likely same report that was offered; empty where the citizen declined.
        photos_settled: whether photos were asked for.
        code: of the stored report that a reply or a rating belongs to.
        stars: of the rating that words are awaited for.

    """

    step: Step = Step.WHAT
    description: str = ""
    category: str | None = None
    address: str = ""
    area: str | None = None
    area_settled: bool = False
    area_asked: int = 0
    lat: float | None = None
    lon: float | None = None
    photos: tuple[str, ...] = ()
    photos_settled: bool = False
    phone: str | None = None
    offered: tuple[str, ...] = ()
    duplicate: str | None = None
    code: str | None = None
    stars: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for a slot."""
        return asdict(self) | {"step": self.step.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReportDraft:
        """What ``to_json`` wrote."""
        return cls(
            **{
                **data,
                "step": Step(data["step"]),
                "photos": tuple(data["photos"]),
                "offered": tuple(data["offered"]),
            }
        )
