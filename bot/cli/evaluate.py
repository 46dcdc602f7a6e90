"""``motcua eval``: how well a file of questions is answered."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bot.cli.session import open_dialogue
from bot.evaluation import evaluate, read_cases, write_failures

TITLES = {
    "act": "đúng việc (trả lời, hỏi lại, từ chối…)",
    "procedure": "đúng thủ tục",
    "procedure_top5": "đúng thủ tục, kể cả trong câu hỏi lại",
    "facet": "đúng mặt được hỏi",
    "clarified": "hỏi lại thừa nhưng có thủ tục đúng",
    "wrong": "trả lời sai thủ tục (lỗi nặng nhất)",
    "refused_right": "từ chối đúng lúc",
    "refused_needlessly": "từ chối thừa",
    "asked_needlessly": "hỏi lại thừa",
}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("eval", help="chấm điểm bằng một tệp câu hỏi (TSV)")
    parser.add_argument("file", metavar="TỆP.tsv", type=Path, help="tệp câu hỏi")
    parser.add_argument("--json", action="store_true", help="chỉ in một đối tượng JSON")
    parser.add_argument("--failures", metavar="RA.tsv", type=Path, help="ghi các câu sai")
    parser.set_defaults(call=call)


def call(arguments: argparse.Namespace) -> int:
    """Run the command."""
    cases = read_cases(arguments.file)
    host = open_dialogue()

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{len(cases)}", end="", file=sys.stderr, flush=True)

    evaluation = asyncio.run(evaluate(cases, host.handle, progress))
    figures = evaluation.figures()
    if arguments.failures is not None:
        write_failures(evaluation, arguments.failures)
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        _print_table(figures)
    return 0


def _print_table(figures: dict[str, Any]) -> None:
    print(f"{figures['n']} câu hỏi")
    for name, title in TITLES.items():
        row = figures[name]
        share = "–" if row["share"] is None else f"{row['share']:.1%}"
        print(f"{title:<45}{row['count']:>5}/{row['of']:<5}{share:>8}")
    print(f"thời gian một câu: p50 {figures['ms']['p50']} ms, p95 {figures['ms']['p95']} ms")
