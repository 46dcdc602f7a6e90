"""Duplicates: reports that are likely about the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.engine import Engine

from knowledge.gazetteer import metres_between
from knowledge.text.normalise import Lexicon, normalise
from reports.desk import to_report
from reports.model import Draft, Report, Status
from reports.tables import reports

DAYS = 30
NEAR_METRES = 150.0
LIKELY = 0.5
MAX_COMPARED = 200
ELSEWHERE = 0.5
"""What the share is multiplied by where both say a street or a place, and not the same."""
_KINDS_OF_PLACE = frozenset(
    (
        "duong pho ngo ngach hem kiet ban thon xom to so nha khu pho tieu dan cu doan dau cuoi "
        "gan truoc sau canh phuong xa thi tran huyen thanh tinh"
    ).split()
)
_OPEN = [status.value for status in Status if status.open]


@dataclass(frozen=True, slots=True)
class Likeness:
    """An open report and how likely it is the same thing, 0 to 1."""

    report: Report
    share: float


def find_same(
    engine: Engine, draft: Draft, now: datetime, fillers: frozenset[str]
) -> Likeness | None:
    """The open report of the same category and commune that is most likely the same thing.

    ``now`` is UTC without zone. Words of place and trouble count, and the distance where both have
    a position; the same sender's own report counts, too.
    """
    if draft.area is None and draft.lat is None:
        return None
    query = (
        select(reports)
        .where(
            reports.c.category == draft.category,
            reports.c.status.in_(_OPEN),
            reports.c.received_at > now - timedelta(days=DAYS),
        )
        .order_by(reports.c.received_at.desc())
        .limit(MAX_COMPARED)
    )
    if draft.area is not None:
        query = query.where(reports.c.area == draft.area)
    with engine.connect() as connection:
        found = [to_report(row) for row in connection.execute(query)]
    said = _words(f"{draft.address} {draft.description}", fillers)
    likely = [Likeness(report, _likeness(draft, report, said, fillers)) for report in found]
    best = max(likely, key=lambda likeness: likeness.share, default=None)
    return best if best is not None and best.share >= LIKELY else None


def _likeness(draft: Draft, report: Report, said: set[str], fillers: frozenset[str]) -> float:
    there = _words(f"{report.address} {report.description}", fillers)
    shared = len(said & there) / max(1, min(len(said), len(there)))
    if _named_elsewhere(draft, report, fillers):
        shared *= ELSEWHERE
    if draft.lat is None or draft.lon is None or report.lat is None or report.lon is None:
        return shared
    metres = metres_between(draft.lat, draft.lon, report.lat, report.lon)
    if metres > NEAR_METRES * 4:
        return 0.0
    return max(shared, 0.9 if metres <= NEAR_METRES else 0.0)


def _named_elsewhere(draft: Draft, report: Report, fillers: frozenset[str]) -> bool:
    """Whether the two addresses name streets or places that have no word in common."""
    known = fillers | _KINDS_OF_PLACE | _words(report.area_name or "", fillers)
    here, there = (_words(address, known) for address in (draft.address, report.address))
    numbers, others = ({word for word in words if word[0].isdigit()} for words in (here, there))
    if numbers and others and not numbers & others:
        return True  # house and alley numbers differ, though a commune's old name may be shared
    return bool(here and there) and not here & there


def _words(text: str, fillers: frozenset[str]) -> set[str]:
    return {t.folded for t in normalise(text, Lexicon()).tokens if t.folded not in fillers}
