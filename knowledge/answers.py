"""Answers: one facet of one entry, as citizens read it and as they hear it.

Facts are never changed; long answers are shortened only between items. All wording comes from the
prompts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from knowledge.base import KnowledgeBase
from knowledge.facets import Facet
from knowledge.hours import hours_in_words
from knowledge.procedure import Paper, Procedure

MAX_TEXT = 1_900
"""Characters of a written answer; Zalo allows 2,000."""
MAX_SPEECH = 330
"""Characters of a spoken answer: about 20 seconds."""

ORDINALS = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about one facet.

    Attributes:
        text: written form; lines are separated by a line feed.
        speech: spoken form, short; digits still written.
        supplied: False where the source says nothing about this facet.

    """

    text: str
    speech: str
    supplied: bool = True


class AnswerWriter:
    """Writes answers from one state of the knowledge base."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._kb = knowledge
        self._text = knowledge.prompts.text
        self._speech = knowledge.prompts.speech
        self._writers: dict[Facet, Callable[[Procedure], Answer]] = {
            Facet.DOCUMENTS: self._documents,
            Facet.FEE: self._fee,
            Facet.TIME: self._time,
            Facet.PLACE: self._place,
            Facet.ONLINE: self._online,
            Facet.FORM: self._form,
            Facet.LEGAL_BASIS: self._legal_basis,
            Facet.STEPS: self._steps,
            Facet.CONDITIONS: self._conditions,
            Facet.RESULT: self._result,
            Facet.OVERVIEW: self._overview,
        }

    def write(self, code: str, facet: Facet) -> Answer:
        """The answer to one facet of one procedure.

        Raises:
            KeyError: no entry has this code.

        """
        return self._writers[facet](self._kb.procedures[code])

    def where_to_ask(self) -> str:
        """The office that citizens are referred to."""
        return self._text("noi_hoi_mac_dinh")

    def checked_on(self, procedure: Procedure) -> str:
        """The day on which the source was read, in words."""
        parts = procedure.source.checked_on.split("-")
        values = dict(zip(("nam", "thang", "ngay"), parts, strict=False))
        return self._text(("ngay_nam", "ngay_thang", "ngay_du")[len(parts) - 1], **values)

    def _both(self, name: str, **values: object) -> Answer:
        return Answer(self._text(name, **values), self._speech(name, **values))

    def _missing(self, name: str, procedure: Procedure) -> Answer:
        answer = self._both(name, ten=procedure.name, noi_hoi=self.where_to_ask())
        return Answer(answer.text, answer.speech, supplied=False)

    def _documents(self, procedure: Procedure) -> Answer:
        papers = sorted(procedure.papers, key=lambda paper: paper.case is not None)
        if not papers:
            return self._missing("giay_to_khong_co", procedure)
        lines = [self._paper(paper) for paper in papers]
        notes = [self._text("giay_to_luu_y"), *_bullets(procedure.paper_notes)]
        return self._listed(
            self._both("giay_to", ten=procedure.name, so=len(papers)),
            lines,
            more="giay_to_con_nua",
            notes=notes if procedure.paper_notes else (),
            spoken=[_spoken_paper(paper) for paper in papers],
        )

    def _paper(self, paper: Paper) -> str:
        details = []
        if paper.originals:
            details.append(f"{paper.originals} bản chính")
        if paper.copies:
            details.append(f"{paper.copies} bản sao")
        if paper.kind == "xuất trình":
            details.append(self._text("giay_to_xuat_trinh"))
        if paper.form:
            details.append(paper.form)
        line = paper.name + (f" ({'; '.join(details)})" if details else "")
        if paper.case:
            line += f" – {self._text('giay_to_chi_khi', khi=paper.case)}"
        return f"{line}. {paper.note}" if paper.note else line

    def _fee(self, procedure: Procedure) -> Answer:
        fee, name = procedure.fee, procedure.name
        local = self._kb.local_fees.get(procedure.code)
        place = self._kb.locality.name
        if local is not None:
            head = self._both("le_phi_tinh_co_muc", ten=name, muc=local.amount, dia_phuong=place)
        elif fee.amount:
            head = self._both("le_phi", ten=name, muc=fee.amount)
        elif fee.set_by_province:
            head = self._both(
                "le_phi_tinh", ten=name, dia_phuong=place, noi_hoi=self.where_to_ask()
            )
        else:
            head = self._missing("le_phi_khong_co", procedure)
        extra = [self._text("le_phi_mien", mien=fee.exemption)] if fee.exemption else []
        extra += [fee.note] if fee.note else []
        return Answer(
            _lines(_sentence(head.text), *extra),
            _breath(_sentence(head.speech), *extra),
            head.supplied,
        )

    def _time(self, procedure: Procedure) -> Answer:
        time = procedure.time
        other = [
            self._text("thoi_han_khac", khi=_capital(c.case), so=c.number, don_vi=c.unit)
            for c in time.other
        ]
        if time.number is not None:
            head = self._both("thoi_han", ten=procedure.name, so=time.number, don_vi=time.unit)
            notes = [time.note] if time.note else []
        elif time.note:
            head = self._both("thoi_han_chi_ghi_chu", ten=procedure.name, ghi_chu=time.note)
            notes = []
        else:
            head = self._missing("thoi_han_khong_co", procedure)
            notes = []
        return Answer(
            _lines(head.text, *_bullets(other), *notes),
            _breath(head.speech, *map(_sentence, other), *notes),
            head.supplied,
        )

    def _place(self, procedure: Procedure) -> Answer:
        place = procedure.submission
        head = self._both("noi_nop", ten=procedure.name, co_quan=place.body.rstrip("."))
        ways = []
        if place.online in ("toàn trình", "một phần", "có"):
            ways.append("noi_nop_truc_tuyen")
        if place.by_post:
            ways.append("noi_nop_buu_chinh")
        notes = [place.note] if place.note else []
        hours = hours_in_words(self._kb.locality)
        name = "gio_lam_viec_can_xac_nhan" if self._kb.locality.to_confirm else "gio_lam_viec"
        written_hours = [self._text(name, gio=hours)] if hours else []
        return Answer(
            _lines(head.text, *notes, *map(self._text, ways), *written_hours),
            _breath(head.speech, *notes, *map(self._speech, ways)),
        )

    def _online(self, procedure: Procedure) -> Answer:
        name = {
            "toàn trình": "truc_tuyen_toan_trinh",
            "một phần": "truc_tuyen_mot_phan",
            "có": "truc_tuyen_co",
            "không": "truc_tuyen_khong",
            "chưa rõ": "truc_tuyen_chua_ro",
        }[procedure.submission.online]
        head = self._both(
            name,
            ten=procedure.name,
            co_quan=procedure.submission.body.rstrip("."),
            noi_hoi=self.where_to_ask(),
        )
        post = [self._text("truc_tuyen_buu_chinh")] if procedure.submission.by_post else []
        links = [procedure.submission.link] if procedure.submission.link else []
        return Answer(
            _lines(head.text, *links, *post),
            _breath(head.speech, *post),
            procedure.submission.online != "chưa rõ",
        )

    def _form(self, procedure: Procedure) -> Answer:
        forms = [f"{paper.name}: {paper.form}" for paper in procedure.papers if paper.form]
        if not forms:
            return self._missing("bieu_mau_khong_co", procedure)
        return self._listed(self._both("bieu_mau", ten=procedure.name), forms)

    def _legal_basis(self, procedure: Procedure) -> Answer:
        bases = [
            f"{basis.name} ({basis.number})" if basis.name else basis.number
            for basis in procedure.legal_bases
        ]
        if not bases:
            return self._missing("can_cu_khong_co", procedure)
        return self._listed(self._both("can_cu", ten=procedure.name, so=len(bases)), bases)

    def _steps(self, procedure: Procedure) -> Answer:
        if not procedure.steps:
            return self._missing("cac_buoc_khong_co", procedure)
        head = self._both("cac_buoc", ten=procedure.name, so=len(procedure.steps))
        return self._listed(head, procedure.steps, numbered=True, more="cac_buoc_con_nua")

    def _conditions(self, procedure: Procedure) -> Answer:
        who = []
        if procedure.audience:
            audience = procedure.audience.rstrip(".")
            who = [self._text("dieu_kien_doi_tuong", doi_tuong=audience)]
        if not procedure.conditions:
            head = self._missing("dieu_kien_khong_co", procedure)
            return Answer(_lines(head.text, *who), _breath(head.speech, *who), bool(who))
        return self._listed(
            self._both("dieu_kien", ten=procedure.name), procedure.conditions, notes=who
        )

    def _result(self, procedure: Procedure) -> Answer:
        if not procedure.results:
            return self._missing("ket_qua_khong_co", procedure)
        return self._listed(self._both("ket_qua", ten=procedure.name), procedure.results)

    def _overview(self, procedure: Procedure) -> Answer:
        head = self._both("tong_quan", ten=procedure.name, tom_tat=procedure.summary)
        facts: list[tuple[str, dict[str, object]]] = []
        if procedure.papers:
            facts.append(("tong_quan_so_giay_to", {"so": len(procedure.papers)}))
        if procedure.time.number is not None:
            time = procedure.time
            facts.append(("tong_quan_thoi_han", {"so": time.number, "don_vi": time.unit}))
        facts.append(("tong_quan_noi_nop", {"co_quan": procedure.submission.body.rstrip(".")}))
        asks = "tong_quan_hoi_tiep"
        return Answer(
            _lines(
                head.text,
                *_bullets([self._text(name, **values) for name, values in facts]),
                self._text(asks),
            ),
            _breath(head.speech, *[self._speech(name, **values) for name, values in facts[:2]])
            + " "
            + self._speech(asks),
        )

    def _listed(
        self,
        head: Answer,
        items: Sequence[str],
        *,
        numbered: bool = False,
        more: str = "con_nua",
        notes: Iterable[str] = (),
        spoken: Sequence[str] | None = None,
    ) -> Answer:
        """A heading and its items, cut between items where they don't fit."""
        kept: list[str] = []
        room = MAX_TEXT - len(head.text) - 160
        for i, item in enumerate(items):
            line = f"{i + 1}. {item}" if numbered or len(items) > 3 else f"• {item}"
            if kept and len(line) + 1 > room:
                break
            room -= len(line) + 1
            kept.append(line)
        left = len(items) - len(kept)
        if left:
            kept.append(self._text(more, so=left))
        for note in notes:
            if len(note) + 1 <= room:
                room -= len(note) + 1
                kept.append(note)
        return Answer(_lines(head.text, *kept), self._counted(head.speech, spoken or items, more))

    def _counted(self, head: str, items: Sequence[str], more: str) -> str:
        parts = [head]
        for i, item in enumerate(items):
            ordinal = ORDINALS[i] if i < len(ORDINALS) else str(i + 1)
            part = _sentence(item) if len(items) == 1 else f"Thứ {ordinal}: {_sentence(item)}"
            if i > 0 and sum(map(len, parts)) + len(part) > MAX_SPEECH:
                parts.append(self._speech(more, so=len(items) - i))
                break
            parts.append(part)
        return " ".join(parts)


def _spoken_paper(paper: Paper) -> str:
    return f"{paper.name}, nếu {paper.case}" if paper.case else paper.name


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _breath(*parts: str) -> str:
    """Sentences for the ear, as many as fit into one breath (always the first)."""
    said: list[str] = []
    for part in parts:
        if said and sum(map(len, said)) + len(part) > MAX_SPEECH:
            break
        said.append(_sentence(part))
    return " ".join(said)


def _bullets(items: Iterable[str]) -> list[str]:
    return [f"• {item}" for item in items]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", ":")) else text + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
