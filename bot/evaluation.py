"""Evaluation: how well a file of questions is answered (``motcua eval``)."""

from __future__ import annotations

import csv
import io
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actions.reply import Act, Reply
from dialogue.turn import Turn

Answerer = Callable[[Turn], Awaitable[Sequence[Reply]]]
ACTS = frozenset({"answer", "clarify", "refuse", "report", "handoff", "chitchat"})
COLUMNS = ("question", "codes", "behaviour", "facets")


class EvaluationError(Exception):
    """The file can't be used; the message says what is wrong, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what is right for it.

    Attributes:
        codes: procedures that count as right; empty where none applies.
        behaviour: acts that count as right.
        facets: facets that count as right; empty where not judged.

    """

    question: str
    codes: frozenset[str]
    behaviour: frozenset[str]
    facets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with what was answered."""

    case: Case
    replies: Sequence[Reply]
    milliseconds: float

    @property
    def acts(self) -> set[str]:
        """The acts of all replies."""
        return {reply.act.value for reply in self.replies}

    @property
    def act_right(self) -> bool:
        """Whether any reply does what is right."""
        return bool(self.acts & self.case.behaviour)

    @property
    def judges_procedure(self) -> bool:
        """Whether the procedure counts in this case."""
        return "answer" in self.case.behaviour

    @property
    def procedure_right(self) -> bool:
        """Whether any reply answers about a right procedure (or about none where none applies)."""
        return any(self._is_about_right(reply) for reply in self.replies)

    @property
    def in_first_candidates(self) -> bool:
        """Whether a question back offers a right procedure among its first five."""
        return any(
            r.act is Act.CLARIFY and self.case.codes & set(r.candidates[:5]) for r in self.replies
        )

    @property
    def in_candidates(self) -> bool:
        """Whether a question back offers a right procedure."""
        return any(
            r.act is Act.CLARIFY and self.case.codes & set(r.candidates) for r in self.replies
        )

    @property
    def facet_right(self) -> bool:
        """Whether any reply answers a right facet of a right procedure."""
        return any(self._is_about_right(r) and r.facet in self.case.facets for r in self.replies)

    @property
    def asked_needlessly(self) -> bool:
        """Whether it asked back where only an answer is right."""
        return self.case.behaviour == {"answer"} and "clarify" in self.acts and not self.act_right

    @property
    def wrong(self) -> bool:
        """Whether a wrong procedure was answered about: the worst fault."""
        for reply in self.replies:
            if reply.act is not Act.ANSWER:
                continue
            if reply.procedure and reply.procedure not in self.case.codes:
                return True
            if not self.case.codes and "answer" not in self.case.behaviour:
                return True
        return False

    @property
    def refused_needlessly(self) -> bool:
        """Whether it refused where that is not right."""
        return "refuse" in self.acts and "refuse" not in self.case.behaviour

    def _is_about_right(self, reply: Reply) -> bool:
        if reply.act is not Act.ANSWER:
            return False
        if not self.case.codes:
            return reply.procedure is None
        return reply.procedure in self.case.codes

    def faults(self) -> list[str]:
        """What is wrong with the answer, in the table's words."""
        named = {
            "act": not self.act_right,
            "procedure": self.judges_procedure and not self.procedure_right,
            "facet": self.procedure_right and bool(self.case.facets) and not self.facet_right,
            "wrong": self.wrong,
        }
        return [name for name, faulty in named.items() if faulty]


@dataclass(slots=True)
class Evaluation:
    """All judged cases and their figures."""

    judged: list[Judged] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """The object that ``motcua eval --json`` prints."""
        rows = self.judged
        procedures = [j for j in rows if j.judges_procedure]
        facets = [j for j in procedures if j.procedure_right and j.case.facets]
        only_answer = [j for j in rows if j.case.behaviour == {"answer"}]
        refusals = [j for j in rows if "refuse" in j.case.behaviour]
        not_refusals = [j for j in rows if "refuse" not in j.case.behaviour]
        asked = [j for j in rows if j.asked_needlessly]
        times = sorted(j.milliseconds for j in rows)
        return {
            "n": len(rows),
            "act": _share(sum(j.act_right for j in rows), len(rows)),
            "procedure": _share(sum(j.procedure_right for j in procedures), len(procedures)),
            "procedure_top5": _share(
                sum(j.procedure_right or j.in_first_candidates for j in procedures),
                len(procedures),
            ),
            "facet": _share(sum(j.facet_right for j in facets), len(facets)),
            "clarified": _share(sum(j.in_candidates for j in asked), len(only_answer)),
            "wrong": _share(sum(j.wrong for j in rows), len(rows)),
            "refused_right": _share(sum("refuse" in j.acts for j in refusals), len(refusals)),
            "refused_needlessly": _share(
                sum(j.refused_needlessly for j in not_refusals), len(not_refusals)
            ),
            "asked_needlessly": _share(len(asked), len(only_answer)),
            "ms": {"p50": _percentile(times, 0.5), "p95": _percentile(times, 0.95)},
        }


def read_cases(path: Path) -> list[Case]:
    """Read an evaluation file.

    Raises:
        EvaluationError: it is missing, empty, or a column or a word is not known.

    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "không phải UTF-8"
        raise EvaluationError(f"Không đọc được {path.name}: {why}.") from error
    rows = csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [c for c in ("question", "codes", "behaviour") if c not in (rows.fieldnames or ())]
    if missing:
        raise EvaluationError(f"{path.name} thiếu cột: {', '.join(missing)}.")
    try:
        cases = [_case(row, path.name, rows.line_num) for row in rows]
    except csv.Error as error:
        raise EvaluationError(f"{path.name}:{rows.line_num}: không đọc được: {error}.") from error
    if not cases:
        raise EvaluationError(f"{path.name} không có câu hỏi nào.")
    return cases


async def evaluate(
    cases: Iterable[Case], answer: Answerer, progress: Callable[[int], None] | None = None
) -> Evaluation:
    """Ask every question in a fresh conversation and judge the replies."""
    evaluation = Evaluation()
    for i, case in enumerate(cases, start=1):
        turn = Turn(id="1", sender=f"eval:{uuid.uuid4().hex}", channel="eval", text=case.question)
        started = time.perf_counter()
        replies = await answer(turn)
        elapsed = (time.perf_counter() - started) * 1000
        evaluation.judged.append(Judged(case, replies, elapsed))
        if progress is not None:
            progress(i)
    return evaluation


def write_failures(evaluation: Evaluation, path: Path) -> None:
    """Write the faulty cases as a table for reading, which is an evaluation file again.

    Raises:
        EvaluationError: it can't be written.

    """
    rows = [[*COLUMNS, "faults", "acts", "procedures", "answered_facets", "candidates"]]
    for judged in evaluation.judged:
        faults = judged.faults()
        if not faults:
            continue
        case, replies = judged.case, judged.replies
        rows.append(
            [
                case.question,
                ",".join(sorted(case.codes)),
                "|".join(sorted(case.behaviour)),
                "|".join(sorted(case.facets)),
                ",".join(faults),
                ",".join(r.act.value for r in replies),
                ",".join(r.procedure or "" for r in replies),
                ",".join(r.facet or "" for r in replies),
                ",".join(c for r in replies for c in r.candidates),
            ]
        )
    try:
        path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"Không ghi được {path.name}: {error.strerror}.") from error


def _case(row: dict[str, str | None], name: str, line: int) -> Case:
    def words(column: str, separators: str) -> frozenset[str]:
        text = row.get(column) or ""
        for separator in separators:
            text = text.replace(separator, " ")
        return frozenset(text.split())

    behaviour = words("behaviour", "|")
    unknown = behaviour - ACTS
    if unknown or not behaviour:
        what = ", ".join(sorted(unknown)) or "để trống"
        raise EvaluationError(f"{name}:{line}: «behaviour» không hợp lệ: {what}.")
    question = (row["question"] or "").strip()
    if not question:
        raise EvaluationError(f"{name}:{line}: «question» để trống.")
    return Case(question, words("codes", ","), behaviour, words("facets", "|,"))


def _share(count: int, of: int) -> dict[str, Any]:
    return {"count": count, "of": of, "share": count / of if of else None}


def _percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of sorted values."""
    if not values:
        return 0.0
    return round(values[math.ceil(len(values) * share) - 1], 2)
