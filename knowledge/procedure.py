"""A procedure's entry: what staff write in ``thu_tuc/*.yml``, as typed and checked data.

Attribute names are English, the YAML's keys (aliases) Vietnamese without accents. The
descriptions are what an editor shows on hover, so they are written for staff.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from knowledge.facets import STAFF_WORDS, Facet
from knowledge.text.folding import fold

CODE_PATTERN = r"^\d\.\d{6}$"


class StaffModel(BaseModel):
    """Base of everything that staff write: unknown keys are faults, values are frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _as_list(value: Any) -> Any:
    """One text where a list is expected counts as a list of one; empty counts as none."""
    if value is None:
        return []
    return value if isinstance(value, (list, tuple)) else [value]


def _as_bool(value: Any) -> Any:
    if isinstance(value, str):
        word = fold(value)
        if word in ("co", "true", "yes", "dung"):
            return True
        if word in ("khong", "false", "no", "sai"):
            return False
    return value


def _as_facet(value: Any) -> Any:
    if isinstance(value, str):
        return STAFF_WORDS.get(re.sub(r"[\s-]+", "_", fold(value)), value)
    return value


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
YesNo = Annotated[bool, BeforeValidator(_as_bool)]
StaffFacet = Annotated[Facet, BeforeValidator(_as_facet)]
Link = Annotated[str, Field(pattern=r"^https?://\S+$")]
ProcedureCode = Annotated[str, Field(pattern=CODE_PATTERN)]


class Paper(StaffModel):
    """One paper to hand in or to show."""

    name: Text = Field(alias="ten", description="Tên giấy tờ, viết cho người dân dễ hiểu.")
    kind: Literal["nộp", "xuất trình"] = Field(
        "nộp", alias="loai", description="«nộp» (để lại) hoặc «xuất trình» (đưa xem rồi cầm về)."
    )
    originals: int = Field(0, alias="ban_chinh", ge=0, le=99, description="Số bản chính.")
    copies: int = Field(0, alias="ban_sao", ge=0, le=99, description="Số bản sao.")
    case: Text | None = Field(
        None, alias="khi", description="Chỉ cần trong trường hợp nào; để trống nếu ai cũng cần."
    )
    form: Text | None = Field(None, alias="mau", description="Tên, số hiệu hoặc link mẫu đơn.")
    note: Text | None = Field(None, alias="ghi_chu", description="Điều cần lưu ý.")


class Fee(StaffModel):
    """What it costs."""

    amount: Text | None = Field(
        None, alias="muc", description="Mức thu, ví dụ «50.000 đồng/di chúc» hoặc «Miễn phí»."
    )
    exemption: Text | None = Field(None, alias="mien", description="Ai được miễn, giảm.")
    set_by_province: YesNo = Field(
        False,
        alias="tinh_quy_dinh",
        description="«có» nếu mức thu do HĐND tỉnh quyết định (mức của tỉnh ghi ở dia_phuong/…).",
    )
    note: Text | None = Field(None, alias="ghi_chu", description="Điều cần lưu ý.")


TimeUnit = Literal["ngày làm việc", "ngày", "giờ", "giờ làm việc", "tháng"]


class CaseTime(StaffModel):
    """A processing time that holds in one case or on one channel only."""

    case: Text = Field(alias="khi", description="Trường hợp hoặc cách nộp.")
    number: int = Field(alias="so", ge=0, le=999, description="Bao nhiêu.")
    unit: TimeUnit = Field("ngày làm việc", alias="don_vi", description="Đơn vị thời gian.")


class ProcessingTime(StaffModel):
    """How long it takes."""

    number: int | None = Field(
        None, alias="so", ge=0, le=999, description="Bao nhiêu; để trống nếu nguồn không nêu."
    )
    unit: TimeUnit = Field("ngày làm việc", alias="don_vi", description="Đơn vị thời gian.")
    note: Text | None = Field(None, alias="ghi_chu", description="Điều cần lưu ý.")
    other: Annotated[tuple[CaseTime, ...], BeforeValidator(_as_list)] = Field(
        (), alias="khac", description="Thời hạn khác theo trường hợp hoặc cách nộp."
    )


class Submission(StaffModel):
    """Where and how to hand it in."""

    body: Text = Field(alias="co_quan", description="Nơi nộp hồ sơ hiện nay (không còn cấp huyện).")
    note: Text | None = Field(None, alias="ghi_chu", description="Điều cần lưu ý.")
    online: Literal["toàn trình", "một phần", "có", "không", "chưa rõ"] = Field(
        "chưa rõ",
        alias="truc_tuyen",
        description="Nộp qua mạng: toàn trình, một phần, có (chưa rõ mức), không, chưa rõ.",
    )
    by_post: YesNo = Field(False, alias="buu_chinh", description="Có nhận qua bưu chính không.")
    link: Link | None = Field(None, alias="link", description="Trang nộp trực tuyến.")


class LegalBasis(StaffModel):
    """One legal document."""

    number: Text = Field(alias="so", description="Số hiệu, ví dụ 123/2015/NĐ-CP.")
    name: Text | None = Field(None, alias="ten", description="Tên văn bản.")


class Source(StaffModel):
    """Where the facts come from and when they were read there."""

    link: Link = Field(description="Trang của thủ tục trên Cổng dịch vụ công quốc gia.")
    decision: Text | None = Field(
        None, alias="quyet_dinh", description="Quyết định công bố, ví dụ 163/QĐ-BTP."
    )
    checked_on: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] = Field(
        alias="kiem_tra_ngay",
        description="Ngày đọc nguồn: 2026-07-17, hoặc 2026-07 nếu chỉ biết tháng.",
    )

    @field_validator("checked_on")
    @classmethod
    def _real_day(cls, value: str) -> str:
        parse_partial_date(value)
        return value


class TestQuestion(StaffModel):
    """A question that must lead to this entry; checked on every change."""

    question: Text = Field(alias="hoi", description="Câu người dân hay hỏi.")
    facet: StaffFacet = Field(
        Facet.OVERVIEW,
        alias="mat",
        description="Hỏi về mặt nào: giay_to, le_phi, thoi_han, noi_nop, truc_tuyen, …",
    )


class SpecialAnswer(StaffModel):
    """Special questions with an answer of their own."""

    questions: Texts = Field(alias="hoi", min_length=1, description="Các cách hỏi.")
    answer: Text = Field(alias="dap", description="Câu trả lời.")


class Procedure(StaffModel):
    """One administrative procedure, for citizens in plain words."""

    code: ProcedureCode = Field(
        alias="ma", description='Mã thủ tục trên Cổng dịch vụ công quốc gia, ví dụ "1.004873".'
    )
    name: Text = Field(alias="ten", description="Tên ngắn gọn cho người dân.")
    official_name: Text = Field(alias="ten_chinh_thuc", description="Tên đầy đủ đã công bố.")
    field: Text = Field(alias="linh_vuc", description="Lĩnh vực.")
    levels: Texts = Field((), alias="cap", description="Cấp giải quyết: xã, tỉnh, bộ.")
    audience: Text | None = Field(None, alias="doi_tuong", description="Ai được làm.")
    summary: Text = Field(alias="tom_tat", description="Một, hai câu: để làm gì, ai cần.")
    other_names: Texts = Field(
        (), alias="ten_goi_khac", description="Tên người dân hay gọi; càng nhiều càng tốt."
    )
    papers: Annotated[tuple[Paper, ...], BeforeValidator(_as_list)] = Field(
        (), alias="giay_to", description="Giấy tờ cần có."
    )
    paper_notes: Texts = Field((), alias="luu_y_giay_to", description="Lưu ý về giấy tờ.")
    fee: Fee = Field(default_factory=Fee, alias="le_phi", description="Phí, lệ phí.")
    time: ProcessingTime = Field(
        default_factory=ProcessingTime, alias="thoi_han", description="Thời hạn giải quyết."
    )
    submission: Submission = Field(alias="noi_nop", description="Nơi nộp, cách nộp.")
    steps: Texts = Field((), alias="cac_buoc", max_length=7, description="Các bước, tối đa 7 dòng.")
    conditions: Texts = Field((), alias="dieu_kien", description="Điều kiện.")
    results: Texts = Field((), alias="ket_qua", description="Nhận được gì.")
    legal_bases: Annotated[tuple[LegalBasis, ...], BeforeValidator(_as_list)] = Field(
        (), alias="can_cu", description="Căn cứ pháp lý."
    )
    source: Source = Field(alias="nguon", description="Nguồn và ngày đọc nguồn.")
    unsettled: Texts = Field(
        (), alias="chua_ro", description="Điều nguồn chưa nêu hoặc nêu mâu thuẫn."
    )
    test_questions: Annotated[tuple[TestQuestion, ...], BeforeValidator(_as_list)] = Field(
        (), alias="cau_hoi", description="Câu hỏi phải dẫn tới thủ tục này."
    )
    special_answers: Annotated[tuple[SpecialAnswer, ...], BeforeValidator(_as_list)] = Field(
        (), alias="hoi_dap", description="Câu hỏi riêng có câu trả lời riêng."
    )


def parse_partial_date(value: str) -> date:
    """The first day meant by ``2026``, ``2026-07`` or ``2026-07-17``.

    Raises:
        ValueError: no such day.

    """
    parts = [int(part) for part in value.split("-")]
    return date(*[*parts, 1, 1][:3])
