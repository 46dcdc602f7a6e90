"""Runs inside the stock environment (Python 3.10, plain Rasa): train, load, parse.

It imports nothing of ours. Usage: ``stock_runner.py FOLDER`` with config.yml, domain.yml and data/
in FOLDER, and questions.txt; writes result.json there.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    """Train and parse every question."""
    folder = Path(sys.argv[1])
    started = time.perf_counter()
    from rasa.model_training import train_nlu

    imported = time.perf_counter()
    model = train_nlu(
        str(folder / "config.yml"),
        str(folder / "data"),
        str(folder),
        domain=str(folder / "domain.yml"),
    )
    trained = time.perf_counter()
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    loaded = time.perf_counter()
    parsed = asyncio.run(_parse(agent, (folder / "questions.txt").read_text("utf-8").splitlines()))
    result = {
        "import_s": imported - started,
        "train_s": trained - imported,
        "load_s": loaded - trained,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "parsed": parsed,
    }
    (folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")


async def _parse(agent, questions):  # type: ignore[no-untyped-def]
    found = []
    for question in questions:
        started = time.perf_counter()
        data = await agent.parse_message(question)
        found.append(
            {
                "intent": data["intent"]["name"],
                "confidence": data["intent"]["confidence"],
                "procedures": [e["value"] for e in data["entities"] if e["entity"] == "procedure"],
                "ms": (time.perf_counter() - started) * 1000,
            }
        )
    return found


if __name__ == "__main__":
    main()
