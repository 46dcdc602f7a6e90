"""``motcua ask``: one question in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
import uuid

from bot.cli.session import open_dialogue
from dialogue.turn import Turn


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("ask", help="hỏi một câu và xem câu trả lời")
    parser.add_argument("question", metavar="CÂU_HỎI", nargs="+", help="câu hỏi bằng tiếng Việt")
    parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> int:
    """Run the command."""
    host = open_dialogue()
    turn = Turn(
        id="1", sender=f"ask:{uuid.uuid4().hex}", channel="ask", text=" ".join(arguments.question)
    )
    replies = asyncio.run(host.handle(turn))
    if arguments.json:
        found = {"replies": [reply.to_json() for reply in replies]}
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    for reply in replies:
        print(reply.text)
        if reply.source is not None:
            print(f"[{reply.source.url} · {reply.source.checked_on}]")
        for i, button in enumerate(reply.buttons, start=1):
            print(f"  ({i}) {button.title}")
    return 0
