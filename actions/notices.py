"""Notices as replies: the wording and buttons of what citizens are told about their reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.replies import REPORT_PRESS, ReplyMaker
from actions.reply import Act, Button, Reply
from knowledge.live import KnowledgeState

STARS = (5, 4, 3, 2, 1)


def to_reply(state: KnowledgeState, body: Mapping[str, Any]) -> Reply:
    """The reply that a notice's body (see ``reports.notices``) asks for."""
    prompt, code = str(body["prompt"]), str(body["code"])
    reply = ReplyMaker(state).prompt(prompt, Act.REPORT, **body["values"])
    text = state.base.prompts.text
    if prompt == "pa_tin_hoi_lai":
        answer = Button(text("pa_nut_tra_loi"), f"{REPORT_PRESS}tra_loi:{code}")
        return reply.with_buttons(answer)
    if prompt in ("pa_tin_xong", "pa_tin_tu_choi"):
        again = Button(text("pa_nut_chua_xong"), f"{REPORT_PRESS}mo_lai:{code}")
        stars = [
            Button(text("pa_nut_sao", so=stars), f"{REPORT_PRESS}sao:{code}:{stars}")
            for stars in STARS
        ]
        return reply.with_buttons(*stars, again)
    return reply
