"""JSON Schemas of the staff's YAML, for completion and hover help in editors.

``python -m knowledge.schema`` writes them to ``knowledge/schema/``; a test holds them against the
models.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from knowledge.facets import STAFF_WORDS
from knowledge.family import Family
from knowledge.field_reports import Categories, Deadlines, Units
from knowledge.locality import LocalFees, Locality, Offices
from knowledge.procedure import Procedure

FOLDER = Path(__file__).parent / "schema"
MODELS: dict[str, type[BaseModel]] = {
    "procedure": Procedure,
    "family": Family,
    "locality": Locality,
    "offices": Offices,
    "local_fees": LocalFees,
    "categories": Categories,
    "deadlines": Deadlines,
    "units": Units,
}


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one kind of file, with what the loader accepts beyond the plain types."""
    found = model.model_json_schema(by_alias=True, mode="validation")
    _loosen(found)
    return found


def texts() -> dict[str, str]:
    """File name to content of every schema."""
    return {
        f"{name}.json": json.dumps(schema(model), ensure_ascii=False, indent=1) + "\n"
        for name, model in MODELS.items()
    }


def _loosen(node: Any) -> None:
    """Numbers and yes/no may be written as words, and one text stands for a list of one."""
    if isinstance(node, list):
        for item in node:
            _loosen(item)
        return
    if not isinstance(node, dict):
        return
    if node.get("type") == "boolean":
        node.pop("type")
        node["enum"] = ["có", "không", True, False]
    if node.get("title") == "Facet":
        node["enum"] = [*STAFF_WORDS, *node["enum"]]
    for value in node.values():
        _loosen(value)


def main() -> None:
    """Write all schemas."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
