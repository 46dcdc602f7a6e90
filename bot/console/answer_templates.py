"""Templates for answers: wording that staff keep in ``loi_noi/mau_tra_loi.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.console.rendering import fill
from knowledge.base import KnowledgeBase
from knowledge.prompts import PromptButton
from reports.codes import grouped
from reports.model import Report

PROMPTS = {"xong": "mau_xong", "tu_choi": "mau_tu_choi", "hoi": "mau_hoi_lai"}
"""The prompt whose buttons are the templates of an action's form."""


def answer_templates(base: KnowledgeBase, report: Report) -> Mapping[str, Sequence[PromptButton]]:
    """The templates by action, filled with the report's facts."""
    category = base.category(report.category)
    values = {
        "ma": grouped(report.code),
        "loai": category.name if category else report.category,
        "dia_diem": report.address,
        "don_vi": report.unit_name,
    }
    return {
        action: [
            button.model_copy(update={"says": _filled(button.says, values)})
            for button in base.prompts.buttons(prompt)
        ]
        for action, prompt in PROMPTS.items()
        if prompt in base.prompts.by_name
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Places that we don't know stay as staff wrote them."""
    return fill(text, **(_Untouched() | values))


class _Untouched(dict[str, str]):
    """Gives a place back for a name without a value."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"
