"""Settings: read, checked, documented, and never printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.settings import PROJECT, Settings, SettingsError, load_settings

GUIDE = PROJECT / "docs" / "huong-dan-quan-tri.md"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the machine, and no .env file."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MOTCUA_{name.upper()}", raising=False)


def test_works_without_any_setting() -> None:
    settings = load_settings()
    assert settings.port == 8080
    assert settings.locality == "son_la"
    assert settings.knowledge == PROJECT / "knowledge"
    assert settings.database == f"sqlite:///{PROJECT / 'var' / 'motcua.db'}"
    assert settings.host == "127.0.0.1"


def test_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MOTCUA_PORT=1111\nMOTCUA_LOCALITY=lai_chau\nOTHER=1\n")
    monkeypatch.setenv("MOTCUA_PORT", "2222")
    settings = load_settings()
    assert (settings.port, settings.locality) == (2222, "lai_chau")


def test_what_lies_below_var_follows_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTCUA_VAR", str(tmp_path / "du lieu"))
    settings = load_settings()
    for path in (settings.models, settings.worker_socket):
        assert path.is_relative_to(tmp_path / "du lieu")
    assert str(tmp_path / "du lieu") in settings.database


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description and description[-1] in ".)" and len(description) > 10


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_guide(name: str) -> None:
    if not GUIDE.exists():
        pytest.skip(f"{GUIDE.name} is not written yet")
    assert f"MOTCUA_{name.upper()}" in GUIDE.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("port", "bimat", "phải là số nguyên"),
        ("port", "70123", "phải từ 65535 trở xuống"),
        ("port", "-17", "phải từ 0 trở lên"),
        ("turns_per_second", "0", "phải lớn hơn 0"),
        ("turns_per_second", "nan", ""),
        ("turn_timeout", "inf", ""),
        ("turns_burst", "1.75", "phải là số nguyên"),
        ("log_level", "bimat", "'DEBUG'"),
        ("trusted_proxy", "bimat", "phải là true hoặc false"),
        ("locality", "../bimat", "ký tự không được phép"),
        ("timezone", "Asia/Bimat", "múi giờ"),
        ("timezone", "../../bimat", "múi giờ"),
        ("database_url", "bimat", "không phải địa chỉ cơ sở dữ liệu"),
    ],
)
def test_a_wrong_setting_is_named_with_its_reason_but_not_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(f"MOTCUA_{name.upper()}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert f"MOTCUA_{name.upper()}" in message and reason in message
    assert "\n" not in message
    if len(value) > 3:
        assert value not in message
    assert caught.value.__cause__ is None, "a traceback would print the value"


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_PORT", "x")
    monkeypatch.setenv("MOTCUA_TURNS_BURST", "y")
    with pytest.raises(SettingsError, match=r"MOTCUA_PORT.*MOTCUA_TURNS_BURST"):
        load_settings()


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("MOTCUA_LOCALITY=sơn_la\n".encode("utf-16"))
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings()


def test_a_password_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_DATABASE_URL", "postgresql://motcua:bimat@db/motcua")
    settings = load_settings()
    assert "bimat" in settings.database
    assert "bimat" not in repr(settings) and "bimat" not in str(settings)
