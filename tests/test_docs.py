"""The documentation says what there is: settings, commands, YAML keys, dependencies, files."""

from __future__ import annotations

import argparse
import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bot.cli import COMMANDS
from knowledge import family, locality, procedure, prompts
from knowledge.facets import STAFF_WORDS
from knowledge.procedure import StaffModel
from nlu.stand_ins import ABSENT_PACKAGES
from store.settings import PROJECT, Settings

DOCS = PROJECT / "docs"
ADMIN = DOCS / "huong-dan-quan-tri.md"
STAFF = DOCS / "huong-dan-can-bo.md"
DEPENDENCIES = DOCS / "dependencies.md"
ALL = [PROJECT / "README.md", *sorted(DOCS.rglob("*.md"))]

MADE_APART: frozenset[str] = frozenset()
"""Linked files that need not be there: a screenshot, and figures of a benchmark run."""

SECTIONS: dict[type[BaseModel], str] = {
    procedure.Procedure: "Thủ tục:",
    family.Family: "Nhóm:",
    prompts.Prompt: "Lời nói:",
    locality.Locality: "Địa phương:",
    locality.Offices: "Cơ quan và số điện thoại:",
    locality.LocalFees: "Lệ phí của tỉnh:",
}
"""Each kind of file that staff write, and the heading of its table of keys."""

LICENCES = {
    "apache": "Apache",
    "bsd": "BSD",
    "lgpl": "LGPL",
    "lesser general public": "LGPL",
    "mit": "MIT",
    "mpl": "MPL",
}


def _rows(text: str) -> dict[str, list[str]]:
    """A page's table rows by every name in backticks in their first cell."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            for name in re.findall(r"`([^`]+)`", cells[0]):
                rows[name] = cells
    return rows


# Settings


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name: str) -> None:
    row = _rows(ADMIN.read_text("utf-8")).get(f"MOTCUA_{name.upper()}")
    assert row is not None, f"MOTCUA_{name.upper()} is not in {ADMIN.name}"
    default = Settings.model_fields[name].default
    if default != "" and not isinstance(default, Path):
        written = str(default).lower() if isinstance(default, bool) else str(default)
        assert row[1] == f"`{written}`"
    assert row[2]


def test_no_setting_is_invented() -> None:
    known = {f"MOTCUA_{name.upper()}" for name in Settings.model_fields}
    known |= {"MOTCUA_PYTHON"}  # read by scripts/setup
    for page in ALL:
        assert set(re.findall(r"MOTCUA_[A-Z0-9_]+", page.read_text("utf-8"))) <= known, page.name


# Commands


def _parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command that can be called, with its parser."""
    root = argparse.ArgumentParser(prog="motcua")
    subparsers = root.add_subparsers()
    for command in COMMANDS:
        command.add(subparsers)
    waiting = [("motcua", root)]
    while waiting:
        name, parser = waiting.pop()
        below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
        for action in below:
            waiting += [(f"{name} {word}", sub) for word, sub in action.choices.items()]
        if not below:
            yield name, parser


@pytest.mark.parametrize(("name", "parser"), _parsers(), ids=lambda v: v if v else "")
def test_command_is_documented(name: str, parser: argparse.ArgumentParser) -> None:
    rows = _rows(ADMIN.read_text("utf-8"))
    row = next((cells for key, cells in rows.items() if re.match(rf"{name}(\s|$)", key)), None)
    assert row is not None, f"{name} is not in {ADMIN.name}"
    options = {option for a in parser._actions for option in a.option_strings}
    for option in options - {"-h", "--help"}:
        assert option in row[1], f"{name} {option} is not in {ADMIN.name}"


def test_no_command_is_invented() -> None:
    known = {name for name, _ in _parsers()}
    for page in ALL:
        for code in re.findall(r"(?:`|^)(?:\.venv/bin/)?(motcua [a-z][a-z ]*)", _text(page), re.M):
            words = code.split()
            assert any(words[: len(name.split())] == name.split() for name in known), code


# YAML keys


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _keys(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, bool]]:
    """Every key below a model, dotted, and whether it must be there."""
    for name, field in model.model_fields.items():
        key = above + (field.alias or name)
        yield key, field.is_required()
        for inner in _models(field.annotation):
            yield from _keys(inner, f"{key}.")


def _section(heading: str) -> str:
    text = STAFF.read_text("utf-8")
    found = re.search(rf"^### {re.escape(heading)}.*?(?=^##|\Z)", text, re.M | re.S)
    assert found, f"{STAFF.name} has no heading «{heading}»"
    return found[0]


@pytest.mark.parametrize(("model", "heading"), SECTIONS.items(), ids=lambda v: str(v))
def test_keys_are_documented(model: type[BaseModel], heading: str) -> None:
    rows = _rows(_section(heading))
    keys = dict(_keys(model))
    assert set(rows) == set(keys)
    for key, required in keys.items():
        assert ("**Bắt buộc.**" in rows[key][1]) == required, key


def test_no_model_is_left_out() -> None:
    reached = {
        inner for model in SECTIONS for field in _fields(model) for inner in _models(field)
    } | set(SECTIONS)
    for module in (procedure, family, prompts, locality):
        own = {
            value
            for value in vars(module).values()
            if isinstance(value, type)
            and issubclass(value, StaffModel)
            and value.__module__ == module.__name__
        }
        assert own - {StaffModel} <= reached


def _fields(model: type[BaseModel]) -> Iterator[Any]:
    for field in model.model_fields.values():
        yield field.annotation
        for inner in _models(field.annotation):
            yield from _fields(inner)


def test_facet_words_are_documented() -> None:
    text = STAFF.read_text("utf-8")
    table = text[text.index("### Thêm một câu hỏi thử") : text.index("### Thêm một thủ tục mới")]
    assert set(re.findall(r"`([a-z_]+)` \|", table)) - {"mat"} == set(STAFF_WORDS)


# Dependencies


def _direct() -> list[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [re.split(r"[^A-Za-z0-9_.-]", requirement)[0] for requirement in wanted]


@pytest.mark.parametrize("name", _direct())
def test_dependency_is_documented(name: str) -> None:
    row = _rows(DEPENDENCIES.read_text("utf-8")).get(name)
    assert row is not None, f"{name} is not in {DEPENDENCIES.name}"
    assert row[1]
    about = metadata.metadata(name)
    said = [about.get("License-Expression"), *(about.get_all("Classifier") or [])]
    said += (about.get("License") or "").splitlines()[:1]
    licence = " ".join(s for s in said if s and ("::" not in s or s.startswith("License"))).lower()
    named = {short for word, short in LICENCES.items() if re.search(rf"\b{word}\b", licence)}
    assert any(short in row[2] for short in named), f"{name}: {licence}"


def test_absent_packages_are_documented() -> None:
    rows = _rows(DEPENDENCIES.read_text("utf-8"))
    assert set(rows) >= ABSENT_PACKAGES


def test_no_dependency_is_invented() -> None:
    rows = _rows(DEPENDENCIES.read_text("utf-8"))
    assert set(rows) <= ABSENT_PACKAGES | set(_direct())


# Pages


def _text(page: Path) -> str:
    return page.read_text("utf-8")


def _anchor(heading: str) -> str:
    """The anchor that a Markdown reader makes of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            assert file.relative_to(PROJECT).as_posix() in MADE_APART, f"{page.name}: {target}"
        elif anchor:
            headings = re.findall(r"^#+ (.+)$", _text(file), re.M)
            assert anchor in map(_anchor, headings), f"{page.name}: {target}"


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_no_registries_and_no_machine_paths(page: Path) -> None:
    text = _text(page)
    registry = r"https?://[^\s)]*(pypi|pythonhosted|npmjs|proxy\.golang|docker\.io|registry|mirror)"
    assert not re.search(registry, text)
    assert not re.search(r"(?<![\w.])/(work|root|home|tmp|mnt|Users)/", text)
