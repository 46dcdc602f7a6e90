"""Families: a procedure and its variants (foreign element, re-registration, renewal, loss …)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from knowledge.procedure import ProcedureCode, StaffModel, Text, Texts, _as_list


class Variant(StaffModel):
    """One member of a family and what gives it away."""

    code: ProcedureCode = Field(alias="ma", description="Mã thủ tục.")
    label: Text = Field(alias="nhan", description="Chữ trên nút chọn, ngắn gọn.")
    cues: Texts = Field(
        (), alias="dau_hieu", description="Từ ngữ cho biết người dân hỏi trường hợp này."
    )


class Family(StaffModel):
    """Procedures that citizens call by one name.

    A message that names the family without a cue for one variant gets the default; where there is
    none, the assistant asks.
    """

    name: Text = Field(alias="ten", description="Tên chung, ví dụ Khai sinh.")
    question: Text = Field(alias="hoi", description="Câu hỏi lại khi chưa rõ trường hợp nào.")
    generic_names: Texts = Field(
        (), alias="ten_chung", description="Tên chung chung mà người dân hay dùng cho cả nhóm."
    )
    default: ProcedureCode | None = Field(
        None, alias="mac_dinh", description="Trường hợp thông thường; để trống thì hỏi lại."
    )
    variants: Annotated[tuple[Variant, ...], BeforeValidator(_as_list)] = Field(
        alias="truong_hop", min_length=2, description="Các trường hợp."
    )
