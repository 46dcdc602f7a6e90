"""A locality: its offices, hours, holidays and telephone numbers (``dia_phuong/<tỉnh>/…``)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from knowledge.procedure import StaffModel, Text, Texts, YesNo, _as_list
from knowledge.text.folding import fold

WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
"""In the order of ``date.weekday``."""
_DAY_NAMES = {fold(name): name for name in WEEKDAYS}
_DAY_NAMES |= {f"thu {number}": name for number, name in enumerate(WEEKDAYS[:-1], start=2)}


def _as_weekday(value: object) -> object:
    """``"Thứ 2"`` and ``"thu hai"`` are ``"thứ hai"``."""
    return _DAY_NAMES.get(" ".join(fold(value).split()), value) if isinstance(value, str) else value


Weekday = Annotated[
    Literal["thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật"],
    BeforeValidator(_as_weekday),
]


class Session(StaffModel):
    """One stretch of a working day."""

    start: time = Field(alias="tu", description='Giờ mở cửa, ví dụ "07:30".')
    end: time = Field(alias="den", description='Giờ đóng cửa, ví dụ "11:30".')


class WorkingDays(StaffModel):
    """Days of the week that have the same hours."""

    days: Annotated[tuple[Weekday, ...], BeforeValidator(_as_list)] = Field(
        alias="ngay", min_length=1, description="thứ hai … chủ nhật."
    )
    sessions: Annotated[tuple[Session, ...], BeforeValidator(_as_list)] = Field(
        alias="buoi", description="Các buổi trong ngày."
    )

    def covers(self, day: date) -> bool:
        """Whether ``day``'s weekday is one of these."""
        return WEEKDAYS[day.weekday()] in self.days


class Holiday(StaffModel):
    """A public holiday."""

    day: date = Field(alias="ngay", description="Ngày nghỉ, ví dụ 2026-04-30.")
    name: Text = Field(alias="ten", description="Tên ngày nghỉ.")
    to_confirm: YesNo = Field(False, alias="can_xac_nhan", description="Còn phải xác nhận.")


class Locality(StaffModel):
    """The province (or commune) that this installation serves."""

    name: Text = Field(alias="ten", description="Tên địa phương.")
    communes: int | None = Field(None, alias="so_xa_phuong", description="Số xã, phường.")
    to_confirm: YesNo = Field(True, alias="can_xac_nhan", description="Còn phải xác nhận.")
    hours: Annotated[tuple[WorkingDays, ...], BeforeValidator(_as_list)] = Field(
        (), alias="gio_lam_viec", description="Giờ làm việc."
    )
    holidays: Annotated[tuple[Holiday, ...], BeforeValidator(_as_list)] = Field(
        (), alias="ngay_le", description="Ngày nghỉ lễ."
    )
    note: Text | None = Field(None, alias="ghi_chu", description="Ghi chú.")

    def is_holiday(self, day: date) -> bool:
        """Whether ``day`` is a public holiday."""
        return any(holiday.day == day for holiday in self.holidays)

    def sessions_on(self, day: date) -> tuple[Session, ...]:
        """The working sessions of a day, none on holidays and days off."""
        if self.is_holiday(day):
            return ()
        return tuple(s for days in self.hours if days.covers(day) for s in days.sessions)

    def is_open(self, moment: datetime) -> bool:
        """Whether offices are open at ``moment`` (local time of the locality)."""
        return any(
            session.start <= moment.time() < session.end
            for session in self.sessions_on(moment.date())
        )

    def next_opening(self, moment: datetime) -> datetime | None:
        """When offices open next after ``moment``, looking two weeks ahead."""
        for ahead in range(15):
            day = moment.date() + timedelta(days=ahead)
            for session in self.sessions_on(day):
                opening = datetime.combine(day, session.start, tzinfo=moment.tzinfo)
                if opening > moment:
                    return opening
        return None


class Office(StaffModel):
    """A body that citizens go to."""

    id: Text = Field(alias="ma", description="Mã ngắn, không dấu.")
    name: Text = Field(alias="ten", description="Tên cơ quan.")
    kind: Text = Field("khac", alias="loai", description="Loại cơ quan.")
    address: Text | None = Field(None, alias="dia_chi", description="Địa chỉ.")
    phone: Text | None = Field(None, alias="dien_thoai", description="Số điện thoại.")
    matters: Texts = Field((), alias="phu_trach", description="Phụ trách việc gì.")
    to_confirm: YesNo = Field(True, alias="can_xac_nhan", description="Còn phải xác nhận.")
    note: Text | None = Field(None, alias="ghi_chu", description="Ghi chú.")


class PhoneNumber(StaffModel):
    """A number that everybody can call."""

    number: Annotated[str, Field(pattern=r"^\d[\d. ]*$")] = Field(
        alias="so", description="Số gọi, đặt trong ngoặc kép."
    )
    name: Text = Field(alias="ten", description="Tên đường dây.")
    when: Text | None = Field(None, alias="khi", description="Gọi khi nào.")
    note: Text | None = Field(None, alias="ghi_chu", description="Ghi chú.")


class Offices(StaffModel):
    """The content of ``co_quan.yml``."""

    offices: Annotated[tuple[Office, ...], BeforeValidator(_as_list)] = Field(
        (), alias="co_quan", description="Các cơ quan."
    )
    phone_numbers: Annotated[tuple[PhoneNumber, ...], BeforeValidator(_as_list)] = Field(
        (), alias="so_dien_thoai", description="Các số điện thoại chung."
    )


class LocalFee(StaffModel):
    """A fee as this province's council set it."""

    amount: Text = Field(alias="muc", description="Mức thu tại địa phương.")
    basis: Text | None = Field(None, alias="can_cu", description="Nghị quyết của HĐND tỉnh.")


class LocalFees(StaffModel):
    """The content of ``le_phi.yml``: procedure code to the locality's figure."""

    fees: dict[str, LocalFee] = Field(
        default_factory=dict, alias="le_phi", description="Mã thủ tục và mức thu."
    )
