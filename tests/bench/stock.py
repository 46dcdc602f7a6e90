"""``make bench-stock``: our understanding beside a stock Rasa pipeline, in turn, in one run.

The stock pipeline is what Rasa's documentation starts with (WhitespaceTokenizer, lexical and
count-vector features of words and letters, DIETClassifier, FallbackClassifier), trained on the same
examples, with a lookup table of all names of procedures; the procedure is the entity it extracts,
looked up among the names. Both are asked the questions of the same evaluation file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from actions.reply import Act, Reply
from bot.evaluation import Case, Evaluation, Judged, evaluate, read_cases
from knowledge.loader import load_knowledge
from knowledge.text.folding import fold
from store.settings import PROJECT

CONFIG = """
recipe: default.v1
language: vi
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: %d
    random_seed: 1
  - name: FallbackClassifier
    threshold: 0.3
policies: []
"""
ACTS = {
    "report_problem": Act.REPORT,
    "report_status": Act.REPORT,
    "handoff": Act.HANDOFF,
    "emergency": Act.HANDOFF,
    "out_of_scope": Act.REFUSE,
    "nlu_fallback": Act.REFUSE,
    "insult": Act.REFUSE,
}


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path, default=PROJECT / "tests/eval/dev.tsv")
    parser.add_argument("--epochs", type=int, default=60)
    arguments = parser.parse_args()
    cases = read_cases(arguments.file)
    with tempfile.TemporaryDirectory() as folder:
        stock, about_stock = run_stock(Path(folder), cases, arguments.epochs)
    ours, about_ours = run_ours(cases)
    print(f"| {len(cases)} questions of {arguments.file.name} | Một Cửa | stock |\n|---|---|---|")
    for name in ("act", "procedure", "facet", "wrong", "refused_right", "refused_needlessly"):
        print(f"| {name} | {_share(ours[name])} | {_share(stock[name])} |")
    for name in about_ours:
        print(f"| {name} | {about_ours[name]} | {about_stock[name]} |")


def run_ours(cases: list[Case]) -> tuple[dict[str, Any], dict[str, str]]:
    """Train and ask in a process of our own kind, as ``make bench`` does."""
    from tests.bench.product import _TRAIN

    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [sys.executable, "-W", "ignore", "-c", _TRAIN, folder]
        subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
        trained = time.perf_counter() - started
    from bot.cli.session import open_dialogue

    started = time.perf_counter()
    host = open_dialogue()
    loaded = time.perf_counter() - started
    evaluation = asyncio.run(evaluate(cases, host.handle))
    figures = evaluation.figures()
    peak = _peak_mb()
    return figures, {
        "training, imports included": f"{trained:.0f} s",
        "load, imports included": f"{loaded:.1f} s",
        "ms a question, p50 (ours with rules, actions and answer)": f"{figures['ms']['p50']:.1f}",
        "peak memory of the process": f"{peak:.0f} MB",
    }


def run_stock(
    folder: Path, cases: list[Case], epochs: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """Train and ask the stock pipeline in its own environment."""
    shutil.copytree(PROJECT / "nlu" / "data", folder / "data")
    base = load_knowledge()
    names: dict[str, str] = {}
    for code, procedure in base.procedures.items():
        for name in (procedure.name, procedure.official_name, *procedure.other_names):
            names.setdefault(fold(name), code)
    _write_lookup(folder / "data" / "lookup.yml", base.procedures)
    intents = sorted(path.stem for path in (PROJECT / "nlu" / "data").glob("*.yml"))
    domain = {"version": "3.1", "intents": intents, "entities": ["procedure"]}
    (folder / "domain.yml").write_text(yaml.safe_dump(domain), "utf-8")
    (folder / "config.yml").write_text(CONFIG % epochs, "utf-8")
    (folder / "questions.txt").write_text("\n".join(case.question for case in cases), "utf-8")
    runner = Path(__file__).with_name("stock_runner.py")
    subprocess.run(
        [PROJECT / ".venv-stock/bin/python", "-W", "ignore", runner, folder],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    result = json.loads((folder / "result.json").read_text("utf-8"))
    evaluation = Evaluation(
        [
            Judged(case, [_as_reply(parsed, names)], parsed["ms"])
            for case, parsed in zip(cases, result["parsed"], strict=True)
        ]
    )
    figures = evaluation.figures()
    return figures, {
        "training, imports included": f"{result['train_s'] + result['import_s']:.0f} s",
        "load, imports included": f"{result['load_s'] + result['import_s']:.1f} s",
        "ms a question, p50 (ours with rules, actions and answer)": f"{figures['ms']['p50']:.1f}",
        "peak memory of the process": f"{result['peak_mb']:.0f} MB",
    }


def _write_lookup(path: Path, procedures: Mapping[str, Any]) -> None:
    lines = ['version: "3.1"', "nlu:", "  - lookup: procedure", "    examples: |"]
    for procedure in procedures.values():
        lines += [f"      - {name}" for name in (procedure.name, *procedure.other_names)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _as_reply(parsed: Mapping[str, Any], names: Mapping[str, str]) -> Reply:
    intent = parsed["intent"]
    if not intent.startswith("ask_"):
        return Reply("", "", ACTS.get(intent, Act.CHITCHAT))
    code = next((_lookup(v, names) for v in parsed["procedures"] if _lookup(v, names)), None)
    if code is None:
        return Reply("", "", Act.REFUSE)
    return Reply("", "", Act.ANSWER, procedure=code, facet=intent.removeprefix("ask_"))


def _lookup(value: str, names: Mapping[str, str]) -> str | None:
    """The procedure whose name is the entity, or shares most words with it."""
    folded = fold(value)
    if folded in names:
        return names[folded]
    said = set(folded.split())
    best = max(names, key=lambda name: _overlap(said, set(name.split())))
    return names[best] if _overlap(said, set(best.split())) >= 0.5 else None


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _share(row: Mapping[str, Any]) -> str:
    return "–" if row["share"] is None else f"{row['share']:.1%} ({row['count']}/{row['of']})"


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
