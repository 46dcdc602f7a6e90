"""Where a report stands: told to its sender, or to whoever knows its code."""

from __future__ import annotations

from datetime import UTC, datetime

from actions import clock, runtime
from actions.context import Context, Outcome
from actions.inbound import Inbound
from actions.replies import ReplyMaker
from actions.reply import Act, Reply
from knowledge.live import KnowledgeState
from reports.codes import find_code, grouped, is_valid
from reports.errors import UnknownReportError
from reports.model import Report

MAX_TOLD = 3


class ReportStatus:
    """Answers "phản ánh của tôi đến đâu rồi"."""

    def __init__(self, state: KnowledgeState, context: Context, inbound: Inbound) -> None:
        self._base = state.base
        self._context = context
        self._inbound = inbound
        self._make = ReplyMaker(state)
        self._desk = runtime.desk()

    def tell(self) -> Outcome:
        """By the code in the message, else the sender's newest reports."""
        code = find_code(self._inbound.text)
        if code is not None:
            return Outcome([self._by_code(code)], self._context.understood())
        found = self._desk.of_sender(self._inbound.sender, MAX_TOLD)
        replies = [self._one(report) for report in found]
        return Outcome(
            replies or [self._make.prompt("pa_khong_co", Act.REPORT)], self._context.understood()
        )

    def _by_code(self, code: str) -> Reply:
        if not is_valid(code):
            return self._make.prompt("pa_ma_sai", Act.REPORT, ma=grouped(code))
        try:
            return self._one(self._desk.find(code))
        except UnknownReportError:
            return self._make.prompt("pa_ma_khong_thay", Act.REPORT, ma=grouped(code))

    def _one(self, report: Report) -> Reply:
        prompts = self._base.prompts
        category = self._base.category(report.category)
        answer = ""
        own = report.sender == self._inbound.sender
        if report.answer and (own or report.released):
            answer = "\n" + prompts.text("pa_tinh_trang_tra_loi", loi=report.answer)
        return self._make.prompt(
            "pa_tinh_trang",
            Act.REPORT,
            ma=grouped(report.code),
            loai=category.name if category else report.category,
            trang_thai=prompts.text(f"pa_trang_thai_{report.status.value}"),
            don_vi=report.unit_name,
            han=local_day(report.due_at),
            tra_loi=answer,
        )


def local_day(moment: datetime) -> str:
    """A stored moment (UTC without zone) as ``14:30 ngày 3/12``, local time."""
    local = moment.replace(tzinfo=UTC).astimezone(clock.now().tzinfo)
    return f"{local:%H:%M} ngày {local.day}/{local.month}"
