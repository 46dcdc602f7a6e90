"""Notices: what citizens are told when something happens to a report.

The body names a prompt and what fills it; the wording is chosen when the notice goes out, so that
it is the staff's newest and the floor above can make a reply of it.
"""

from __future__ import annotations

from typing import Any

from reports.codes import grouped
from reports.model import Event, EventKind, Report

PROMPTS: dict[EventKind, str] = {
    EventKind.ACCEPTED: "pa_tin_tiep_nhan",
    EventKind.FORWARDED: "pa_tin_chuyen",
    EventKind.ASKED: "pa_tin_hoi_lai",
    EventKind.RESOLVED: "pa_tin_xong",
    EventKind.REFUSED: "pa_tin_tu_choi",
    EventKind.MERGED: "pa_tin_gop",
    EventKind.REOPENED: "pa_tin_mo_lai",
}


def body(report: Report, event: Event, recipient: str) -> dict[str, Any] | None:
    """The notice of an event for one recipient; None where there is nothing to tell."""
    prompt = PROMPTS.get(event.kind)
    if prompt is None:
        return None
    return {
        "prompt": prompt,
        "code": report.code,
        "values": {
            "ma": grouped(report.code),
            "don_vi": report.unit_name,
            "loi": event.text,
            "ma_chinh": grouped(str(event.details.get("into", ""))),
        },
    }
