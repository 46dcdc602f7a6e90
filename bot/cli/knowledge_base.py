"""``motcua kb``: look after the knowledge base."""

from __future__ import annotations

import argparse

from knowledge.answers import AnswerWriter
from knowledge.facets import Facet
from knowledge.loader import load_knowledge
from store.settings import load_settings


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its parts."""
    parser = subparsers.add_parser("kb", help="kiểm tra và xem tri thức")
    parts = parser.add_subparsers(title="việc", metavar="VIỆC", required=True)
    check = parts.add_parser("check", help="kiểm tra mọi tệp tri thức, báo hết lỗi một lần")
    check.set_defaults(call=check_all)
    show = parts.add_parser("show", help="xem người dân đọc và nghe gì về một thủ tục")
    show.add_argument("code", metavar="MÃ", help="mã thủ tục, ví dụ 1.004873")
    show.set_defaults(call=show_one)


def check_all(_arguments: argparse.Namespace) -> int:
    """Load everything; faults end the command with their list."""
    settings = load_settings()
    base = load_knowledge(settings.knowledge, settings.locality)
    print(f"Tri thức không có lỗi: {len(base.procedures)} thủ tục, {len(base.families)} nhóm.")
    return 0


def show_one(arguments: argparse.Namespace) -> int:
    """Print every facet of one entry as citizens get it."""
    settings = load_settings()
    base = load_knowledge(settings.knowledge, settings.locality)
    if arguments.code not in base.procedures:
        print(f"Không có thủ tục mã {arguments.code}.")
        return 1
    writer = AnswerWriter(base)
    for facet in Facet:
        answer = writer.write(arguments.code, facet)
        print(f"── {facet.value} ──\n{answer.text}\n♪ {answer.speech}\n")
    return 0
