"""Officers and their sessions."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.cli import main
from store.database import make_engine, metadata
from store.users import IDLE, LONGEST, Role, UserError, Users, sessions, users

PASSWORD = "mat khau dai 1"


class Clock:
    now = datetime(2026, 7, 20, 8, 0)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = make_engine(f"sqlite:///{tmp_path / 'users.db'}")
    metadata.create_all(engine)
    return engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(engine: Engine, clock: Clock) -> Users:
    return Users(engine, clock)


def test_password_opens_the_account_in_any_capitals_of_the_login(accounts: Users) -> None:
    added = accounts.add("Lan.Pham", "  Phạm   Thị Lan ", PASSWORD, Role.RECEIVER)
    assert (added.login, added.name) == ("lan.pham", "Phạm Thị Lan")
    assert accounts.check(" LAN.pham ", PASSWORD) == added
    assert accounts.check("lan.pham", PASSWORD + "x") is None
    assert accounts.check("nobody", PASSWORD) is None
    assert accounts.all() == [added]


def test_neither_passwords_nor_tokens_are_kept(accounts: Users, engine: Engine) -> None:
    user = accounts.add("lan", "Lan", PASSWORD, Role.ADMIN)
    token = accounts.open_session(user)
    with engine.connect() as connection:
        kept = connection.execute(select(users.c.password)).scalar()
        key = connection.execute(select(sessions.c.token)).scalar()
    assert kept.startswith("$argon2id$") and PASSWORD not in kept
    assert token not in key


@pytest.mark.parametrize(
    ("login", "name", "password", "role", "unit"),
    [
        ("lan", "Lan", "ngan", Role.ADMIN, None),
        ("lan", "Lan", "x" * 201, Role.ADMIN, None),
        ("l", "Lan", PASSWORD, Role.ADMIN, None),
        ("lan lan", "Lan", PASSWORD, Role.ADMIN, None),
        ("lân", "Lan", PASSWORD, Role.ADMIN, None),
        ("lan", "  ", PASSWORD, Role.ADMIN, None),
        ("lan", "Lan", PASSWORD, Role.UNIT, None),
        ("lan", "Lan", PASSWORD, Role.ADMIN, "xa"),
        ("CO.roi", "Lan", PASSWORD, Role.ADMIN, None),
    ],
)
def test_unusable_values_are_refused(
    accounts: Users, login: str, name: str, password: str, role: Role, unit: str | None
) -> None:
    accounts.add("co.roi", "Có rồi", PASSWORD, Role.ADMIN)
    with pytest.raises(UserError):
        accounts.add(login, name, password, role, unit)
    assert len(accounts.all()) == 1


def test_session_ends_when_idle(accounts: Users, clock: Clock) -> None:
    token = accounts.open_session(accounts.add("lan", "Lan", PASSWORD, Role.ADMIN))
    clock.now += IDLE - timedelta(seconds=1)
    assert accounts.of_session(token) is not None
    clock.now += timedelta(hours=3)
    assert accounts.of_session(token) is not None
    clock.now += IDLE
    assert accounts.of_session(token) is None


def test_session_ends_after_its_longest_time_though_it_is_used(
    accounts: Users, clock: Clock
) -> None:
    token = accounts.open_session(accounts.add("lan", "Lan", PASSWORD, Role.ADMIN))
    started = clock.now
    while clock.now - started < LONGEST - timedelta(hours=1):
        clock.now += timedelta(hours=1)
        assert accounts.of_session(token) is not None
    clock.now += timedelta(hours=1)
    assert accounts.of_session(token) is None


def test_ended_sessions_are_cleared_away(accounts: Users, clock: Clock, engine: Engine) -> None:
    user = accounts.add("lan", "Lan", PASSWORD, Role.ADMIN)
    accounts.open_session(user)
    clock.now += IDLE
    accounts.open_session(user)
    with engine.connect() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_closing_one_session_leaves_the_other(accounts: Users) -> None:
    user = accounts.add("lan", "Lan", PASSWORD, Role.ADMIN)
    one, other = accounts.open_session(user), accounts.open_session(user)
    accounts.close_session(one)
    assert accounts.of_session(one) is None and accounts.of_session(other) == user
    assert accounts.of_session("khong co") is None


def test_disabling_ends_sessions_and_a_new_password_opens_again(accounts: Users) -> None:
    token = accounts.open_session(accounts.add("lan", "Lan", PASSWORD, Role.ADMIN))
    accounts.disable("lan")
    assert accounts.of_session(token) is None
    assert accounts.check("lan", PASSWORD) is None
    accounts.set_password("lan", "mat khau moi 2")
    assert accounts.check("lan", PASSWORD) is None
    assert accounts.check("lan", "mat khau moi 2") is not None
    with pytest.raises(UserError):
        accounts.disable("nobody")


class TestCommand:
    @pytest.fixture(autouse=True)
    def _own_database(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOTCUA_DATABASE_URL", f"sqlite:///{tmp_path / 'users.db'}")

    @staticmethod
    def run(monkeypatch: pytest.MonkeyPatch, said: str, *arguments: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        return main(["user", *arguments])

    def test_whole_life(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine
    ) -> None:
        add = ("add", "lan", "--name", "Lan", "--role", "unit", "--unit", "moi_truong:phuongtohieu")
        assert self.run(monkeypatch, f"{PASSWORD}\n", *add, "--password-stdin") == 0
        assert self.run(monkeypatch, "mat khau moi 2", "password", "lan", "--password-stdin") == 0
        assert Users(engine).check("lan", "mat khau moi 2") is not None
        assert self.run(monkeypatch, "", "disable", "lan") == 0
        assert self.run(monkeypatch, "", "list") == 0
        out = capsys.readouterr().out
        assert "moi_truong:phuongtohieu" in out and "đã khoá" in out and PASSWORD not in out

    @pytest.mark.parametrize(
        ("said", "options"),
        [
            ("ngan\n", ["--role", "admin", "--password-stdin"]),
            (PASSWORD, ["--role", "unit", "--unit", "khong_co", "--password-stdin"]),
            (PASSWORD, ["--role", "unit", "--unit", "xa:khongco", "--password-stdin"]),
            (PASSWORD, ["--role", "unit", "--password-stdin"]),
            (PASSWORD, ["--role", "admin"]),
        ],
    )
    def test_faults_are_one_line(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        said: str,
        options: list[str],
    ) -> None:
        assert self.run(monkeypatch, said, "add", "lan", "--name", "Lan", *options) == 1
        err = capsys.readouterr().err
        assert err.startswith("Lỗi: ") and err.count("\n") == 1

    def test_password_is_asked_twice_on_a_terminal(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine
    ) -> None:
        answers = [PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD]
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("getpass.getpass", lambda _: answers.pop(0))
        assert main(["user", "add", "lan", "--name", "Lan", "--role", "admin"]) == 1
        assert main(["user", "add", "lan", "--name", "Lan", "--role", "admin"]) == 0
        assert Users(engine).check("lan", PASSWORD) is not None
