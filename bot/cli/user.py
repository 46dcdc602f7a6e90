"""``motcua user``: the officers who may use the console."""

from __future__ import annotations

import argparse
import getpass
import sys

from knowledge.base import KnowledgeBase
from knowledge.loader import load_knowledge
from reports.routing import unit_name
from store.database import make_engine
from store.settings import load_settings
from store.users import Role, UserError, Users, sessions, users

ROLE_NAMES = {
    Role.RECEIVER: "tiếp nhận mọi phản ánh",
    Role.UNIT: "một đơn vị",
    Role.KNOWLEDGE: "tri thức",
    Role.ADMIN: "quản trị",
}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its parts."""
    parser = subparsers.add_parser("user", help="tài khoản cán bộ dùng trang /canbo")
    parts = parser.add_subparsers(title="việc", metavar="VIỆC", required=True)
    new = parts.add_parser("add", help="thêm một tài khoản")
    new.add_argument("login", metavar="TÊN_ĐĂNG_NHẬP")
    new.add_argument("--name", required=True, metavar="HỌ_TÊN", help="họ tên hiện trong lịch sử")
    roles = "; ".join(f"{role}: {name}" for role, name in ROLE_NAMES.items())
    new.add_argument(
        "--role", required=True, type=Role, choices=[*Role], metavar="VAI_TRÒ", help=roles
    )
    new.add_argument(
        "--unit", metavar="ĐƠN_VỊ", help="mã đơn vị, ví dụ moi_truong, hay moi_truong:phuongtohieu"
    )
    _takes_password(new)
    new.set_defaults(call=add_user)
    known = parts.add_parser("list", help="liệt kê tài khoản")
    known.set_defaults(call=list_users)
    password = parts.add_parser("password", help="đặt lại mật khẩu và mở lại tài khoản")
    password.add_argument("login", metavar="TÊN_ĐĂNG_NHẬP")
    _takes_password(password)
    password.set_defaults(call=set_password)
    disable = parts.add_parser("disable", help="khoá một tài khoản, phiên đang mở bị đóng")
    disable.add_argument("login", metavar="TÊN_ĐĂNG_NHẬP")
    disable.set_defaults(call=disable_user)


def add_user(arguments: argparse.Namespace) -> int:
    """Make an account."""
    if arguments.unit:
        settings = load_settings()
        _check_unit(load_knowledge(settings.knowledge, settings.locality), arguments.unit)
    user = _users().add(
        arguments.login, arguments.name, _password(arguments), arguments.role, arguments.unit
    )
    print(f"Đã thêm tài khoản «{user.login}» ({ROLE_NAMES[user.role]}).")
    return 0


def list_users(_arguments: argparse.Namespace) -> int:
    """Print all accounts."""
    for user in _users().all():
        unit = f" {user.unit}" if user.unit else ""
        state = "" if user.active else "  (đã khoá)"
        print(f"{user.login:20} {user.role.value + unit:30} {user.name}{state}")
    return 0


def set_password(arguments: argparse.Namespace) -> int:
    """Give an account a new password."""
    accounts = _users()
    accounts.find(arguments.login)  # before asking for a password in vain
    accounts.set_password(arguments.login, _password(arguments))
    print(f"Đã đặt lại mật khẩu của «{arguments.login}».")
    return 0


def disable_user(arguments: argparse.Namespace) -> int:
    """Close an account."""
    _users().disable(arguments.login)
    print(f"Đã khoá tài khoản «{arguments.login}».")
    return 0


def _takes_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="đọc mật khẩu từ một dòng của đầu vào chuẩn"
    )


def _users() -> Users:
    engine = make_engine(load_settings().database)
    users.create(engine, checkfirst=True)
    sessions.create(engine, checkfirst=True)
    return Users(engine)


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UserError("Không có bàn phím để hỏi mật khẩu: dùng --password-stdin.")
    password = getpass.getpass("Mật khẩu (không hiện khi gõ): ")
    if getpass.getpass("Gõ lại mật khẩu: ") != password:
        raise UserError("Hai lần gõ mật khẩu không giống nhau.")
    return password


def _check_unit(base: KnowledgeBase, key: str) -> None:
    """A mistyped unit would make an account that sees nothing."""
    unit, _, area = key.partition(":")
    if unit not in {known.id for known in base.units}:
        known_units = ", ".join(known.id for known in base.units)
        raise UserError(f"Không có đơn vị «{unit}». Các đơn vị: {known_units}.")
    found = base.gazetteer.area(area)
    if ":" in key and (
        found is None or unit_name(base, unit, found) == unit_name(base, unit, None)
    ):
        raise UserError(f"«{key}» không phải đơn vị của một xã, phường; ví dụ xa:phuongtohieu.")
