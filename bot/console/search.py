"""Search in the words of reports, with or without diacritics.

What a citizen wrote never changes, so its folded words are kept beside it, once; reports that came
since the last search are added when the next one is made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, and_, false, func, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from knowledge.text.folding import fold
from reports.tables import reports
from store.database import metadata

MAX_WORDS = 8
_BATCH = 2_000
_OVERLAP = 500
"""Reports looked at again: one with a smaller number can be committed later than its successor."""

report_words = Table(
    "report_words",
    metadata,
    Column("report", Integer, ForeignKey("reports.id"), primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
)


def having_words(engine: Engine, text: str) -> Any:
    """The condition that a report has words that begin so (``report_words`` must be joined)."""
    words = sorted(_folded(text).split()[:MAX_WORDS], key=len, reverse=True)  # the rarest first
    if not words:
        return false()
    position = func.instr if engine.dialect.name == "sqlite" else func.strpos  # LIKE takes twice
    return and_(*(position(report_words.c.words, f" {word}") > 0 for word in words))


def keep_up(engine: Engine) -> None:
    """Add the words of reports that came since."""
    while _add_batch(engine) == _BATCH:
        pass


def _add_batch(engine: Engine) -> int:
    with engine.connect() as connection:
        last = connection.execute(select(func.max(report_words.c.report))).scalar() or 0
        new = (
            select(
                reports.c.id,
                reports.c.code,
                reports.c.description,
                reports.c.address,
                reports.c.area_name,
                reports.c.phone,
            )
            .outerjoin(report_words, report_words.c.report == reports.c.id)
            .where(reports.c.id > last - _OVERLAP, report_words.c.report.is_(None))
            .order_by(reports.c.id)
            .limit(_BATCH)
        )
        rows = [
            {"report": row.id, "words": _folded(" ".join(filter(None, row[1:])))}
            for row in connection.execute(new)
        ]
    if rows:
        try:
            _store(engine, rows)
        except IntegrityError:  # another process was quicker; what it left out comes next time
            return 0
    return len(rows)


def _store(engine: Engine, rows: Sequence[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(report_words), rows)


def _folded(text: str) -> str:
    return "".join(f" {word}" for word in re.findall(r"\w+", fold(text)))
