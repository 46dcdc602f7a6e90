"""``motcua train``: train a model and check it with the entries' own questions."""

from __future__ import annotations

import argparse
import asyncio
import time

from bot.cli.session import open_knowledge, quiet, say
from dialogue import training
from dialogue.turn import Turn
from store.settings import load_settings

MIN_FACETS_RIGHT = 0.9
"""Share of the entries' test questions whose facet a new model must find."""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("train", help="huấn luyện mô hình hiểu câu hỏi")
    parser.add_argument("--force", action="store_true", help="huấn luyện lại dù đã có mô hình")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> int:
    """Run the command."""
    settings = load_settings()
    quiet()
    knowledge = open_knowledge(settings)
    model = None if arguments.force else training.fitting_model(settings.models)
    if model is not None:
        print(f"Mô hình đã khớp dữ liệu: {model.name}")
        return 0
    started = time.perf_counter()
    say("Đang huấn luyện…")
    model = training.train(settings.models)
    print(f"Đã huấn luyện {model.name} trong {time.perf_counter() - started:.0f} giây.")
    from dialogue.host import DialogueHost

    host = DialogueHost.load(model)
    asked = right = 0
    for code, procedure in knowledge.state.base.procedures.items():
        for i, question in enumerate(procedure.test_questions):
            turn = Turn(id="1", sender=f"train:{code}:{i}", channel="train", text=question.question)
            replies = asyncio.run(host.handle(turn))
            asked += 1
            right += any(reply.facet == question.facet.value for reply in replies)
    print(f"Câu hỏi của các thủ tục: đúng mặt được hỏi {right}/{asked}.")
    if asked and right / asked < MIN_FACETS_RIGHT:
        say("Mô hình trả lời sai quá nhiều câu hỏi mẫu: xem lại dữ liệu huấn luyện.")
        return 1
    return 0
