"""The entries' facts against the source they were written from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from knowledge.base import KnowledgeBase
from knowledge.procedure import Procedure

Row = dict[str, Any]
Time = tuple[int, str]

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("2.000547", "papers"): "a heading row is counted [1, 0] in the source; it is no paper",
    ("1.001612", "times"): "the source's cells are empty; the 3 days stand in its steps",
    ("1.001266", "times"): "the cells say «1» without a unit; the days stand in the steps",
    ("1.001570", "times"): "the cells say «1» without a unit; the days stand in the steps",
    ("2.000575", "times"): "the cells say «1» without a unit; the days stand in the steps",
    ("2.000720", "times"): "the cells say «1» without a unit; the days stand in the steps",
    ("1.013065", "main time"): "the note says 8 working hours; the cell's 8 days are in «khac»",
    ("1.012575", "main time"): "the note says 2 working days; the cell's 2 days are in «khac»",
}
"""Where an entry differs from the source on purpose: (code, what) and why."""

ONLINE = {"toàn trình", "một phần", "có"}
NUMBER = re.compile(
    r"^\d+(?:\.\d+)?/\d{4}/(?:NĐ-CP|NQ-CP|QH\d\d|QĐ-TTg"
    r"|TT-(?:BTC|BTP|BCA|BQP|BYT|BXD|BNV|BNNMT|BTNMT|BLĐTBXH|BGDĐT|BKHĐT|BGTVT|BNG))$"
)
"""Legal numbers that are whole; the others are garbled in the source and not compared."""
GARBLED = {"2076/2025/QH15"}


@pytest.fixture(scope="module")
def rows(test_data: Path) -> dict[str, Row]:
    path = test_data / "procedures" / "core_citizen.jsonl"
    found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["code"]: row for row in found}


def stated(cell: str) -> Time | None:
    """``"03 Ngày làm việc"`` as number and unit; None where a cell states none."""
    match = re.match(r"\s*0*(\d+)\s*(\D*)$", cell)
    return (int(match[1]), match[2].strip().lower()) if match and match[2].strip() else None


def times(entry: Procedure) -> list[Time]:
    given = [(entry.time.number, entry.time.unit)]
    given += [(case.number, case.unit) for case in entry.time.other]
    return [(number, unit) for number, unit in given if number is not None]


def differing(wrong: dict[str, Any], what: str) -> dict[str, Any]:
    """The differences that have no reason; an exception that no longer differs is told, too."""
    excused = {code for code, kind in EXCEPTIONS if kind == what}
    stale = dict.fromkeys(excused - set(wrong), "the exception is no longer needed")
    return {code: why for code, why in wrong.items() if code not in excused} | stale


def test_every_entry_is_in_the_source(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    assert set(shipped.procedures) <= set(rows)


def test_source_link_and_decision_are_equal(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    given = {c: (e.source.link, e.source.decision) for c, e in shipped.procedures.items()}
    wanted = {c: (rows[c]["url"], rows[c]["decision"] or None) for c in shipped.procedures}
    assert given == wanted


def test_times_of_the_methods_are_all_given(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        wanted = {stated(method["time"]) for method in rows[code]["methods"]} - {None}
        given = set(times(entry))
        if not wanted <= given or (given and not wanted):
            wrong[code] = (wanted, given)
    assert differing(wrong, "times") == {}


def test_the_main_time_is_one_of_the_methods(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        wanted = {stated(method["time"]) for method in rows[code]["methods"]} - {None}
        if wanted and (entry.time.number, entry.time.unit) not in wanted:
            wrong[code] = (wanted, entry.time)
    assert differing(wrong, "main time") == {}


def test_a_time_beyond_the_methods_stands_in_the_source_text(
    shipped: KnowledgeBase, rows: dict[str, Row]
) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        row = rows[code]
        wanted = {stated(method["time"]) for method in row["methods"]}
        text = " ".join([row["steps"], *(method["note"] for method in row["methods"])]).lower()
        for number, unit in times(entry):
            if (number, unit) not in wanted and not re.search(
                rf"\b0*{number}\b.{{0,20}}{unit}", text
            ):
                wrong[code] = (number, unit)
    assert wrong == {}


def test_papers_have_the_counts_of_the_source_in_its_order(
    shipped: KnowledgeBase, rows: dict[str, Row]
) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        documents = rows[code]["documents"]
        wanted = [(int(d["original"] or 0), int(d["copy"] or 0)) for d in documents]
        wanted = [counts for counts in wanted if counts != (0, 0)]
        given = [(paper.originals, paper.copies) for paper in entry.papers]
        given = [counts for counts in given if counts != (0, 0)]
        if given != wanted:
            wrong[code] = (wanted, given)
    assert differing(wrong, "papers") == {}


def test_the_one_heading_row_is_all_that_its_entry_leaves_out(
    shipped: KnowledgeBase, rows: dict[str, Row]
) -> None:
    counted = [d for d in rows["2.000547"]["documents"] if d["original"] or d["copy"]]
    counted = [d for d in counted if (d["original"], d["copy"]) != ("0", "0")]
    assert len(shipped.procedures["2.000547"].papers) >= len(counted) - 1


def test_an_online_channel_is_reflected(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        channels = {method["channel"] for method in rows[code]["methods"]}
        if ("Trực tuyến" in channels) != (entry.submission.online in ONLINE):
            wrong[code] = (channels, entry.submission.online)
    assert differing(wrong, "online") == {}


def test_the_post_is_reflected(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        channels = {method["channel"] for method in rows[code]["methods"]}
        if any("ưu chính" in channel for channel in channels) != entry.submission.by_post:
            wrong[code] = (channels, entry.submission.by_post)
    assert differing(wrong, "post") == {}


def test_whole_legal_numbers_of_the_source_are_all_given(
    shipped: KnowledgeBase, rows: dict[str, Row]
) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        wanted = {legal["number"] for legal in rows[code]["legal"]} - GARBLED
        wanted = {number for number in wanted if NUMBER.match(number)}
        missing = wanted - {basis.number for basis in entry.legal_bases}
        if missing:
            wrong[code] = missing
    assert differing(wrong, "legal") == {}


def test_sums_of_money_stand_in_the_source(shipped: KnowledgeBase, rows: dict[str, Row]) -> None:
    wrong = {}
    for code, entry in shipped.procedures.items():
        source = re.sub(r"[.,\s]", "", json.dumps(rows[code], ensure_ascii=False))
        said = " ".join(filter(None, (entry.fee.amount, entry.fee.note, entry.fee.exemption)))
        sums = re.findall(r"\d{1,3}(?:\.\d{3})+", said)
        missing = [one for one in sums if one.replace(".", "") not in source]
        if missing:
            wrong[code] = missing
    assert differing(wrong, "fee") == {}


def test_exceptions_belong_to_entries(shipped: KnowledgeBase) -> None:
    assert {code for code, _ in EXCEPTIONS} <= set(shipped.procedures)
    assert all(EXCEPTIONS.values())
