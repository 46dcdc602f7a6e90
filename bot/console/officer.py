"""Who asks, and what they may see."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.base import KnowledgeBase
from reports.model import Report
from store.users import Role, User


@dataclass(frozen=True, slots=True)
class Officer:
    """A user with an open session.

    Attributes:
        csrf: what every form of this session must bring along.

    """

    user: User
    csrf: str

    @property
    def handles_reports(self) -> bool:
        """Whether reports are this officer's work."""
        return self.user.role is not Role.KNOWLEDGE

    @property
    def keeps_knowledge(self) -> bool:
        """Whether the state of the knowledge base is theirs to see."""
        return self.user.role in (Role.KNOWLEDGE, Role.ADMIN)

    @property
    def unit(self) -> str | None:
        """The only unit whose reports they see; None for those who see all."""
        return self.user.unit if self.user.role is Role.UNIT else None

    def may_see(self, report: Report) -> bool:
        """Whether the report is theirs to see and change."""
        if self.unit is not None:
            return report.unit == self.unit or report.unit.startswith(f"{self.unit}:")
        return self.handles_reports


def unit_keys(base: KnowledgeBase, key: str) -> list[str]:
    """All keys that reports of a unit can have: a body's own, and one for each commune."""
    if ":" in key:
        return [key]
    return [key, *(f"{key}:{area.id}" for area in base.gazetteer.areas)]
