"""Officers: who may use the console, and the sessions they have open.

Passwords are kept as argon2id hashes, sessions under the hash of their token, so that a copy of the
database opens no door.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from store.database import metadata

MIN_PASSWORD = 10
MAX_PASSWORD = 200
IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
"""A session's last use is written no more often than this."""

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_hasher = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
"""Argon2id with 19 MiB: small beside the service's memory, slow for who guesses."""
_NOBODY = _hasher.hash(secrets.token_hex())
"""Compared with where a login is not known, so that it takes as long."""


class UserError(Exception):
    """A user can't be made or changed so; the message says why, in Vietnamese."""


class Role(StrEnum):
    """What an officer may do."""

    RECEIVER = "receiver"
    UNIT = "unit"
    KNOWLEDGE = "knowledge"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """An officer.

    Attributes:
        unit: of those with the role ``unit``: a body's id (in every commune), or id and commune
            (``moi_truong:phuongtohieu``).

    """

    id: int
    login: str
    name: str
    role: Role
    unit: str | None
    active: bool


users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("login", String(40), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("password", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("unit", String(160)),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", DateTime, nullable=False),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("user", Integer, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", DateTime, nullable=False),
    Column("used_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False, index=True),
)


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class Users:
    """Officers and their sessions; safe across threads and processes."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = _utc_now) -> None:
        """``clock`` gives UTC without zone."""
        self._engine = engine
        self._clock = clock

    def add(
        self, login: str, name: str, password: str, role: Role, unit: str | None = None
    ) -> User:
        """A new officer.

        Raises:
            UserError: a value can't be used, or the login is taken.

        """
        login, name = _login(login), " ".join(name.split())
        if not 1 <= len(name) <= 80:
            raise UserError("Họ tên phải có từ 1 đến 80 ký tự.")
        if (role is Role.UNIT) != bool(unit):
            raise UserError("Vai trò unit, và chỉ vai trò này, cần mã đơn vị.")
        values = {
            "login": login,
            "name": name,
            "password": _hashed(password),
            "role": role.value,
            "unit": unit,
            "active": True,
            "created_at": self._clock(),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(users).values(values))
        except IntegrityError:
            raise UserError(f"Tên đăng nhập «{login}» đã có.") from None
        return self.find(login)

    def all(self) -> list[User]:
        """All officers by login."""
        with self._engine.connect() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by("login"))]

    def find(self, login: str) -> User:
        """The officer with this login.

        Raises:
            UserError: there is none.

        """
        query = select(users).where(users.c.login == login.strip().lower())
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise UserError(f"Không có tài khoản «{login}».")
        return _user(row)

    def disable(self, login: str) -> None:
        """Close an account and its sessions.

        Raises:
            UserError: there is none.

        """
        self._change(self.find(login), active=False)

    def set_password(self, login: str, password: str) -> None:
        """Give an account a new password and open it again; its sessions end.

        Raises:
            UserError: there is no such account, or the password can't be used.

        """
        self._change(self.find(login), password=_hashed(password), active=True)

    def check(self, login: str, password: str) -> User | None:
        """The officer, if login and password are right and the account is open.

        Takes as long for a login that there isn't.
        """
        query = select(users).where(users.c.login == login.strip().lower()[:40])
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        right = _verified(row.password if row else _NOBODY, password[:MAX_PASSWORD])
        return _user(row) if row is not None and row.active and right else None

    def open_session(self, user: User) -> str:
        """A new session's token, which is told to the browser and not kept."""
        token, now = secrets.token_urlsafe(32), self._clock()
        gone = or_(sessions.c.expires_at <= now, sessions.c.used_at <= now - IDLE)
        values = {
            "token": _token_hash(token),
            "user": user.id,
            "created_at": now,
            "used_at": now,
            "expires_at": now + LONGEST,
        }
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(gone))
            connection.execute(insert(sessions).values(values))
        return token

    def of_session(self, token: str) -> User | None:
        """The officer whose session this is; None where it has ended."""
        now, key = self._clock(), _token_hash(token)
        query = (
            select(users, sessions.c.used_at)
            .join(sessions, sessions.c.user == users.c.id)
            .where(
                sessions.c.token == key,
                sessions.c.expires_at > now,
                sessions.c.used_at > now - IDLE,
                users.c.active.is_(True),
            )
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        if now - row.used_at >= TOUCH:
            used = update(sessions).where(sessions.c.token == key).values(used_at=now)
            with self._engine.begin() as connection:
                connection.execute(used)
        return _user(row)

    def close_session(self, token: str) -> None:
        """End a session."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token == _token_hash(token)))

    def _change(self, user: User, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(**values))
            _end_sessions(connection, user)


def _end_sessions(connection: Connection, user: User) -> None:
    connection.execute(delete(sessions).where(sessions.c.user == user.id))


def _user(row: Any) -> User:
    return User(row.id, row.login, row.name, Role(row.role), row.unit, row.active)


def _login(login: str) -> str:
    login = login.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise UserError(
            "Tên đăng nhập gồm 2 đến 40 chữ không dấu, chữ số, dấu chấm, gạch ngang, gạch dưới."
        )
    return login


def _hashed(password: str) -> str:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise UserError(f"Mật khẩu phải có từ {MIN_PASSWORD} đến {MAX_PASSWORD} ký tự.")
    return _hasher.hash(password)


def _verified(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
