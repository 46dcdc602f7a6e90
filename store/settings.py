"""Settings: environment variables ``MOTCUA_…`` or a ``.env`` file, checked at start."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting can't be used; the message says which and why, without its value."""


class Settings(BaseSettings):
    """Everything an admin can set. Each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="MOTCUA_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    database_url: str = Field(
        "", description="Cơ sở dữ liệu (SQLAlchemy URL); để trống: SQLite trong thư mục var."
    )
    knowledge: Path = Field(
        PROJECT / "knowledge", description="Thư mục tri thức (YAML) do cán bộ quản lý."
    )
    locality: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] = Field(
        "son_la", description="Địa phương phục vụ: tên thư mục trong dia_phuong/."
    )
    var: Path = Field(
        PROJECT / "var", description="Thư mục dữ liệu chạy: cơ sở dữ liệu, mô hình, ổ cắm nội bộ."
    )
    host: str = Field("127.0.0.1", description="Địa chỉ mạng mà cổng web lắng nghe.")
    port: int = Field(8080, ge=0, le=65535, description="Cổng web (0: máy tự chọn).")
    timezone: str = Field("Asia/Ho_Chi_Minh", description="Múi giờ của địa phương.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Mức ghi nhật ký."
    )
    turns_per_second: float = Field(
        5.0, gt=0, le=1000, description="Số tin mỗi giây một người gửi được nhận (trung bình)."
    )
    turns_burst: int = Field(
        20, ge=1, le=10_000, description="Số tin một người gửi được gửi dồn một lúc."
    )
    address_turns_per_second: float = Field(
        60.0, gt=0, le=100_000, description="Số tin mỗi giây nhận từ một địa chỉ mạng bên ngoài."
    )
    max_waiting_turns: int = Field(
        400, ge=1, le=100_000, description="Số tin chờ xử lý tối đa; quá số này báo bận."
    )
    turn_timeout: float = Field(
        20.0, gt=0, le=120, description="Số giây tối đa chờ một câu trả lời."
    )
    keep_turns_days: int = Field(
        30, ge=1, le=3650, description="Số ngày giữ tin nhắn trước khi xoá."
    )
    trusted_proxy: bool = Field(
        False, description="Có máy chủ proxy đứng trước và đặt X-Forwarded-For (có, không)."
    )

    @cached_property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.var / 'motcua.db'}"

    @property
    def models(self) -> Path:
        """Where trained models lie."""
        return self.var / "models"

    @property
    def worker_socket(self) -> Path:
        """The worker's Unix socket."""
        return self.var / "worker.sock"


def load_settings(**overrides: object) -> Settings:
    """Read the settings.

    Raises:
        SettingsError: one or more settings are unusable; says which, never their values.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        names = ", ".join(
            sorted({"MOTCUA_" + "_".join(map(str, e["loc"])).upper() for e in error.errors()})
        )
        reasons = "; ".join(sorted({str(e["msg"]) for e in error.errors()}))
        raise SettingsError(f"Cài đặt không dùng được: {names} ({reasons}).") from error
