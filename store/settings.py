"""Settings: environment variables ``MOTCUA_…`` or a ``.env`` file, checked at start."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


def _yes_or_no(value: object) -> object:
    words = {"có": True, "co": True, "không": False, "khong": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


class SettingsError(Exception):
    """A setting can't be used; the message says which and why, without its value."""


class Settings(BaseSettings):
    """Everything an admin can set. Each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="MOTCUA_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    database_url: str = Field(
        "",
        repr=False,
        description="Cơ sở dữ liệu (SQLAlchemy URL); để trống: SQLite trong thư mục var.",
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
    trusted_proxy: Annotated[bool, BeforeValidator(_yes_or_no)] = Field(
        False, description="Có máy chủ proxy đứng trước và đặt X-Forwarded-For (có, không)."
    )
    open311_keys: str = Field(
        "",
        repr=False,
        description="Khoá của các hệ thống được gửi phản ánh qua Open311, cách nhau bằng dấu phẩy.",
    )

    @field_validator("database_url")
    @classmethod
    def _is_database_url(cls, url: str) -> str:
        from sqlalchemy.engine import make_url

        try:
            if url:
                make_url(url)
        except Exception:
            raise PydanticCustomError("url", "không phải địa chỉ cơ sở dữ liệu") from None
        return url

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise PydanticCustomError("zone", "không có múi giờ này") from None
        return name

    @cached_property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or f"sqlite:///{self.var / 'motcua.db'}"

    @property
    def models(self) -> Path:
        """Where trained models lie."""
        return self.var / "models"

    @property
    def last_good_knowledge(self) -> Path:
        """Where the last faultless knowledge is kept."""
        return self.var / "knowledge-last-good"

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
        faults = sorted({f"{_name(fault)} {_reason(fault)}" for fault in error.errors()})
        raise SettingsError(f"Cài đặt không dùng được: {'; '.join(faults)}.") from None
    except UnicodeDecodeError:
        raise SettingsError("Tệp .env không đọc được: hãy lưu bằng mã UTF-8.") from None


_REASONS = {
    "int_parsing": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "float_parsing": "phải là số",
    "finite_number": "phải là số",
    "bool_parsing": "phải là true hoặc false",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than": "phải nhỏ hơn {lt}",
    "less_than_equal": "phải từ {le} trở xuống",
    "literal_error": "phải là một trong các chữ {expected}",
    "string_pattern_mismatch": "có ký tự không được phép",
}


def _name(fault: ErrorDetails) -> str:
    return "MOTCUA_" + "_".join(map(str, fault["loc"])).upper()


def _reason(fault: ErrorDetails) -> str:
    """Why a setting can't be used; never its value, which may be a secret."""
    values: dict[str, Any] = dict(fault.get("ctx") or {})
    if "expected" in values:
        values["expected"] = str(values["expected"]).replace(" or ", ", ")
    if fault["type"] in ("url", "zone"):
        return fault["msg"]
    return _REASONS.get(fault["type"], "không đúng dạng").format(**values)
