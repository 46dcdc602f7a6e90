"""Templates for answers: wording that staff keep in ``loi_noi/mau_tra_loi.yml``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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
    return re.sub(r"\{([a-z_]+)\}", lambda match: values.get(match[1], match[0]), text)
