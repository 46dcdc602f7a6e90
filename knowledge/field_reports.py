"""What staff say about field reports: categories, units, deadlines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from knowledge.procedure import StaffModel, Text, Texts, YesNo, _as_list

Urgency = Literal["khẩn", "sớm", "bình thường"]


class Category(StaffModel):
    """One kind of trouble that citizens report."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        alias="ma", description="Mã ngắn, không dấu, ví dụ duong_hong."
    )
    name: Text = Field(alias="ten", description="Tên hiện cho người dân.")
    group: Text = Field(alias="nhom", description="Nhóm, ví dụ Giao thông.")
    description: Text = Field(alias="mo_ta", description="Gồm những việc gì.")
    cues: Texts = Field(alias="dau_hieu", min_length=1, description="Cách người dân hay nói.")
    urgency: Urgency = Field("bình thường", alias="muc_do", description="khẩn, sớm, bình thường.")
    anonymous: YesNo = Field(
        True, alias="an_danh", description="Có nhận phản ánh không để lại cách liên hệ không."
    )
    unit: Text = Field(
        "xa", alias="don_vi", description="Mã đơn vị xử lý mặc định (trong don_vi.yml)."
    )
    advice: Text | None = Field(
        None, alias="loi_dan", description="Lời dặn an toàn gửi kèm, ví dụ tránh xa dây điện."
    )
    public: YesNo = Field(True, alias="cong_khai", description="Có thể đưa lên trang công khai.")


class Categories(StaffModel):
    """The content of ``phan_anh/loai.yml``."""

    categories: Annotated[tuple[Category, ...], BeforeValidator(_as_list)] = Field(
        alias="loai", min_length=1, description="Các loại phản ánh."
    )


class Deadlines(StaffModel):
    """The content of ``phan_anh/thoi_han.yml``: working hours from receipt."""

    accept: int = Field(alias="tiep_nhan", ge=1, le=999, description="Giờ làm việc để tiếp nhận.")
    urgent: int = Field(alias="khan", ge=1, le=999, description="Giờ làm việc, mức khẩn.")
    soon: int = Field(alias="som", ge=1, le=999, description="Giờ làm việc, mức sớm.")
    normal: int = Field(
        alias="binh_thuong", ge=1, le=999, description="Giờ làm việc, mức bình thường."
    )
    reopen_days: int = Field(
        15, alias="mo_lai_trong_ngay", ge=1, le=365, description="Số ngày được mở lại."
    )
    warn_percent: int = Field(
        75, alias="nhac_khi_qua_phan_tram", ge=1, le=100, description="Nhắc khi đã qua bao nhiêu %."
    )

    def hours(self, urgency: Urgency) -> int:
        """Working hours that the body has for a report of this urgency."""
        return {"khẩn": self.urgent, "sớm": self.soon, "bình thường": self.normal}[urgency]


class Unit(StaffModel):
    """A body that handles reports."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        alias="ma", description="Mã ngắn, không dấu."
    )
    name: Text = Field(
        alias="ten", description="Tên đơn vị; {khu_vuc} được thay bằng tên xã, phường."
    )
    categories: Texts = Field(
        (), alias="loai", description="Nhận riêng những loại nào; để trống: theo loại chỉ tới."
    )
    areas: Texts = Field(
        (), alias="khu_vuc", description="Chỉ ở xã, phường nào; để trống: mọi nơi."
    )
    phone: Text | None = Field(None, alias="dien_thoai", description="Số điện thoại.")
    email: Text | None = Field(None, alias="thu_dien_tu", description="Thư điện tử.")
    to_confirm: YesNo = Field(True, alias="can_xac_nhan", description="Còn phải xác nhận.")


class Units(StaffModel):
    """The content of ``dia_phuong/<tỉnh>/don_vi.yml``."""

    units: Annotated[tuple[Unit, ...], BeforeValidator(_as_list)] = Field(
        alias="don_vi", min_length=1, description="Các đơn vị xử lý phản ánh."
    )
