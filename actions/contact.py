"""Contact: whom to turn to, and whether somebody is there now."""

from __future__ import annotations

from datetime import datetime

from knowledge.hours import hours_in_words
from knowledge.live import KnowledgeState


def contact_line(state: KnowledgeState) -> str:
    """The office to turn to with its number, where one is known."""
    prompts = state.base.prompts
    for office in state.base.offices:
        if office.phone and not office.to_confirm:
            return prompts.text("lien_he_co_so", ten=office.name, dien_thoai=office.phone)
    return prompts.text("lien_he_khong_so", ten=state.answers.where_to_ask())


def reopening(state: KnowledgeState, moment: datetime) -> str | None:
    """When offices open next, in words; None where the hours aren't known."""
    opening = state.base.locality.next_opening(moment)
    if opening is None:
        return None
    return state.base.prompts.text(
        "mo_lai", gio=f"{opening:%H:%M}", ngay=opening.day, thang=opening.month
    )


def handoff_prompt(state: KnowledgeState, moment: datetime) -> tuple[str, dict[str, object]]:
    """The prompt for "gặp cán bộ" at this moment, and what fills it."""
    values: dict[str, object] = {"lien_he": contact_line(state)}
    if not state.base.locality.hours:
        return "gap_can_bo_chua_ro_gio", values
    if state.base.locality.is_open(moment):
        return "gap_can_bo_trong_gio", values
    values["mo_lai"] = reopening(state, moment) or ""
    return "gap_can_bo_ngoai_gio", values


def hours_prompt(state: KnowledgeState, moment: datetime) -> tuple[str, dict[str, object]]:
    """The prompt for a question about office hours, and what fills it."""
    prompts, locality = state.base.prompts, state.base.locality
    hours = hours_in_words(locality)
    values: dict[str, object] = {"lien_he": contact_line(state)}
    if not hours:
        return "gio_chua_co", values
    name = "gio_lam_viec_can_xac_nhan" if locality.to_confirm else "gio_lam_viec"
    values["gio_lam_viec"] = prompts.text(name, gio=hours)
    if locality.is_open(moment):
        values["trang_thai"] = prompts.text("dang_mo")
    else:
        values["trang_thai"] = prompts.text("dang_dong", mo_lai=reopening(state, moment) or "")
    return "gio_mo_cua", values
