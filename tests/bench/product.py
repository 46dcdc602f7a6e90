"""``make bench``: our figures, measured on the running product and printed as a table."""

from __future__ import annotations

import concurrent.futures
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from knowledge import live
from knowledge.linking.linker import ProcedureLinker
from knowledge.loader import SHIPPED, load_knowledge
from knowledge.text.normalise import normalise
from store.settings import PROJECT
from tests.processes import Running, start

QUESTIONS = (
    "làm giấy khai sinh cho con cần giấy tờ gì",
    "the le phi bao nhieu",
    "đăng ký tạm trú nộp ở đâu và mất mấy ngày",
    "giá vàng hôm nay",
    "bằng lái xe bị mất thì làm lại thế nào",
    "xin giấy độc thân có làm qua mạng được không",
)
TURNS = 600
SUSTAINED_RATE = 50
SUSTAINED_SECONDS = 20
SENDERS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One figure."""

    what: str
    seen: str
    wanted: str


def main() -> None:
    """Measure everything and print the table."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        rows.append(training(scratch))
        models = PROJECT / "var" / "models"
        started = time.perf_counter()
        service = start(scratch / "var", models, {"MOTCUA_TURNS_BURST": "10000"})
        rows.append(Row("start to first answer", f"{time.perf_counter() - started:.1f} s", "15 s"))
        try:
            rows += latency(service)
            rows.append(throughput(service))
            rows.append(memory(service))
        finally:
            service.stop()
    rows.append(linking())
    rows.append(change())
    print("| what | seen | wanted |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.seen} | {row.wanted} |")


def training(scratch: Path) -> Row:
    """From nothing to a model, in a process of its own, imports included."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _TRAIN, str(scratch / "models")],
        cwd=PROJECT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return Row("training from nothing", f"{time.perf_counter() - started:.1f} s", "30 s")


_TRAIN = """
import sys
from pathlib import Path
from dialogue import training
from knowledge import live
from knowledge.loader import SHIPPED
live.install(live.LiveKnowledge(SHIPPED, "son_la"))
training.train(Path(sys.argv[1]))
"""


def latency(service: Running) -> list[Row]:
    """One turn at a time over HTTP, on a loaded service."""
    for i in range(30):
        service.ask(f"warm-{i}", QUESTIONS[i % len(QUESTIONS)])
    times = [
        timed(lambda i=i: service.ask(f"bench-{i % SENDERS}", QUESTIONS[i % len(QUESTIONS)]))
        for i in range(TURNS)
    ]
    return [
        Row("text turn over HTTP, p50", f"{percentile(times, 0.5):.1f} ms", "15 ms"),
        Row("text turn over HTTP, p95", f"{percentile(times, 0.95):.1f} ms", "40 ms"),
    ]


def throughput(service: Running) -> Row:
    """A steady stream of turns; how late they come while it lasts."""
    total = SUSTAINED_RATE * SUSTAINED_SECONDS
    begun = time.perf_counter()

    def one(i: int) -> float:
        due = begun + i / SUSTAINED_RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        service.ask(f"load-{i % SENDERS}", QUESTIONS[i % len(QUESTIONS)])
        return (time.perf_counter() - due) * 1000

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        times = list(pool.map(one, range(total)))
    rate = total / (time.perf_counter() - begun)
    return Row(
        f"{SUSTAINED_SECONDS} s of {SUSTAINED_RATE} turns a second",
        f"{rate:.1f} turns/s, p50 {percentile(times, 0.5):.0f} ms, "
        f"p95 {percentile(times, 0.95):.0f} ms",
        f"{SUSTAINED_RATE} turns/s",
    )


def memory(service: Running) -> Row:
    """Resident memory of the gateway and all its children."""
    parent = psutil.Process(service.process.pid)
    parts = [parent, *parent.children(recursive=True)]
    resident = [process.memory_info().rss / 2**20 for process in parts]
    listed = " + ".join(f"{size:.0f}" for size in resident)
    return Row("resident memory, all processes", f"{sum(resident):.0f} MB ({listed})", "600 MB")


def linking() -> Row:
    """The linker alone, on the entries' test questions."""
    base = load_knowledge()
    linker = ProcedureLinker(base)
    questions = [
        normalise(q.question, base.lexicon)
        for p in base.procedures.values()
        for q in p.test_questions
    ]
    times = [timed(lambda u=u: linker.link(u)) for u in questions]
    return Row(
        f"linking one question, {len(base.procedures)} procedures",
        f"p50 {percentile(times, 0.5):.2f} ms, p95 {percentile(times, 0.95):.2f} ms",
        "p95 10 ms",
    )


def change() -> Row:
    """Reading and indexing the changed knowledge (the watcher adds at most half a second)."""
    knowledge = live.LiveKnowledge(SHIPPED, "son_la")
    times = [timed(lambda: live.LiveKnowledge(SHIPPED, "son_la")) for _ in range(3)]
    return Row(
        f"a change is in force ({len(knowledge.state.base.procedures)} entries)",
        f"{statistics.median(times) / 1000 + 0.5:.1f} s",
        "2 s",
    )


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that ``work`` takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    main()
