"""The rules of the house: who may import whom, where sentences live, and which prompts exist."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from knowledge.base import KnowledgeBase
from knowledge.text.syllables import has_diacritics
from store.settings import PROJECT

MAY_IMPORT: dict[str, frozenset[str]] = {
    "knowledge": frozenset(),
    "store": frozenset(),
    "office": frozenset({"knowledge", "store"}),
    "reports": frozenset({"knowledge", "store"}),
    "nlu": frozenset({"knowledge"}),
    "actions": frozenset({"knowledge", "store", "office", "reports", "nlu"}),
    "dialogue": frozenset({"knowledge", "store", "office", "reports", "nlu", "actions"}),
    "voice": frozenset({"knowledge", "store", "office", "reports", "nlu", "actions", "dialogue"}),
    "bot": frozenset(
        {"knowledge", "store", "office", "reports", "nlu", "actions", "dialogue", "voice"}
    ),
}
"""Each room and the rooms below it that it may import."""


@dataclass(frozen=True)
class Import:
    """One import of a module of ours."""

    importer: str
    line: int
    imported: str

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


def modules(root: Path) -> dict[str, Path]:
    """All modules of all rooms below ``root``, by dotted name."""
    found = {}
    for room in MAY_IMPORT:
        for path in (root / room).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[Import]:
    """The modules of ours that a module imports, also inside functions."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *filter(None, [node.module])])
            targets = [
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base
                for alias in node.names
            ]
        else:
            continue
        for target in dict.fromkeys(targets):
            if target.split(".")[0] in MAY_IMPORT:
                yield Import(name, node.lineno, target)


def all_imports(root: Path) -> list[Import]:
    known = modules(root)
    return [found for name, path in known.items() for found in imports(name, path, known)]


def forbidden(found: Iterable[Import]) -> list[str]:
    """Imports that run upwards or sideways."""
    wrong = []
    for one in found:
        room, other = one.importer.split(".")[0], one.imported.split(".")[0]
        if room != other and other not in MAY_IMPORT[room]:
            wrong.append(str(one))
    return wrong


def circles(found: Iterable[Import]) -> list[list[str]]:
    """Each circle of modules, once, from its first module in the alphabet."""
    graph: dict[str, set[str]] = {}
    for one in found:
        if one.importer != one.imported:
            graph.setdefault(one.importer, set()).add(one.imported)
    seen: set[str] = set()
    rings: set[tuple[str, ...]] = set()

    def visit(name: str, way: list[str]) -> None:
        if name in way:
            ring = way[way.index(name) :]
            first = ring.index(min(ring))
            rings.add((*ring[first:], *ring[:first]))
            return
        if name in seen:
            return
        for other in sorted(graph.get(name, ())):
            visit(other, [*way, name])
        seen.add(name)

    for name in sorted(graph):
        visit(name, [])
    return [list(ring) for ring in sorted(rings)]


def test_the_floors_are_those_of_the_design() -> None:
    floors = {
        "bot": 6,
        "voice": 5,
        "dialogue": 4,
        "actions": 3,
        "nlu": 3,
        "reports": 2,
        "office": 2,
        "knowledge": 1,
        "store": 1,
    }
    assert set(floors) == set(MAY_IMPORT)
    for room, allowed in MAY_IMPORT.items():
        for other in allowed - ({"nlu"} if room == "actions" else set()):
            assert floors[other] < floors[room]


def test_every_package_of_ours_is_a_room() -> None:
    beside = {"tests", "scripts"}
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert packages - beside <= set(MAY_IMPORT)


def test_no_import_runs_upwards() -> None:
    found = all_imports(PROJECT)
    assert len(found) > 50
    assert forbidden(found) == []


def test_no_imports_run_in_a_circle() -> None:
    assert circles(all_imports(PROJECT)) == []


def plant(root: Path, files: Mapping[str, str]) -> list[Import]:
    for name, code in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(code, encoding="utf-8")
    return all_imports(root)


@pytest.mark.parametrize(
    ("file", "code", "told"),
    [
        ("knowledge/a.py", "import store.b\n", "knowledge.a:1 imports store.b"),
        ("knowledge/a.py", "from nlu import b\n", "knowledge.a:1 imports nlu"),
        ("store/a.py", "def f():\n    from bot.c import d\n", "store.a:2 imports bot.c"),
        ("nlu/a.py", "from actions.reply import Reply\n", "nlu.a:1 imports actions.reply"),
        ("nlu/a.py", "from store import settings\n", "nlu.a:1 imports store"),
        ("reports/a.py", "import office\n", "reports.a:1 imports office"),
        ("actions/a.py", "import knowledge, dialogue.turn\n", "actions.a:1 imports dialogue.turn"),
        ("voice/a.py", "if True:\n    import bot\n", "voice.a:2 imports bot"),
    ],
)
def test_a_planted_import_upwards_is_caught(
    tmp_path: Path, file: str, code: str, told: str
) -> None:
    assert forbidden(plant(tmp_path, {file: code})) == [told]


def test_planted_imports_downwards_are_fine(tmp_path: Path) -> None:
    files = {
        "actions/a.py": "import rasa_sdk\nfrom nlu.understanding import Understanding\n",
        "nlu/a.py": "from knowledge.text import fold\nfrom . import b\n",
        "bot/a.py": "import voice, dialogue, store\n",
        "knowledge/a.py": "from knowledge.b import c\nimport os\n",
    }
    found = plant(tmp_path, files)
    assert forbidden(found) == []
    assert circles(found) == []


def test_a_planted_circle_is_caught(tmp_path: Path) -> None:
    files = {
        "knowledge/a.py": "from knowledge import b\n",
        "knowledge/b.py": "def f():\n    from .c import g\n",
        "knowledge/c.py": "import knowledge.a\n",
        "knowledge/d.py": "import knowledge.a\n",
    }
    assert circles(plant(tmp_path, files)) == [["knowledge.a", "knowledge.b", "knowledge.c"]]


def sentences(domain: str) -> list[str]:
    """What a citizen could read in a domain file: responses, and any text in Vietnamese."""
    found: list[str] = []

    def visit(value: object, inside: bool) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                visit(key, inside)
                visit(inner, inside or key == "responses")
        elif isinstance(value, list):
            for inner in value:
                visit(inner, inside)
        elif isinstance(value, str) and (has_diacritics(value) or (inside and " " in value)):
            found.append(value)

    visit(yaml.safe_load(domain), inside=False)
    return found


def test_no_sentence_stands_in_the_domain() -> None:
    assert sentences((PROJECT / "domain.yml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ("responses:\n  utter_greet:\n  - text: Chào anh/chị!\n", ["Chào anh/chị!"]),
        ("responses:\n  utter_ask:\n  - text: Ban can gi\n", ["Ban can gi"]),
        ("slots:\n  a:\n    initial_value: Sơn La\n", ["Sơn La"]),
        ("# Chú thích thì được\nintents: [ask_fee]\n", []),
    ],
)
def test_a_planted_sentence_is_caught(domain: str, found: list[str]) -> None:
    assert sentences(domain) == found


@dataclass(frozen=True)
class PromptUse:
    """A place in the code that says a prompt.

    Attributes:
        values: what fills the prompt; None where the call passes a mapping.
    """

    where: str
    name: str
    values: frozenset[str] | None


SAYS = {"text", "speech", "prompt", "buttons"}
WRITER = {"_text": (), "_speech": (), "_both": (), "_missing": ("ten", "noi_hoi")}
"""Methods of the answers' writer and what they fill in themselves."""


def constants(node: ast.AST, names: Mapping[str, set[str]]) -> set[str]:
    """The texts that an expression can be, as far as can be told from one function."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return constants(node.body, names) | constants(node.orelse, names)
    if isinstance(node, ast.BoolOp):
        return set().union(*(constants(value, names) for value in node.values))
    if isinstance(node, ast.Subscript):
        return constants(node.value, names)
    if isinstance(node, ast.Dict):
        return set().union(*(constants(value, names) for value in node.values))
    if isinstance(node, ast.Tuple | ast.List):
        return set().union(*(constants(value, names) for value in node.elts))
    if isinstance(node, ast.Name):
        return names.get(node.id, set())
    return set()


def assigned(function: ast.AST) -> dict[str, set[str]]:
    """Local names and the texts that they are given."""
    names: dict[str, set[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names.setdefault(target.id, set()).update(constants(node.value, names))
    return names


def calls(
    node: ast.AST, names: Mapping[str, set[str]]
) -> Iterator[tuple[ast.Call, Mapping[str, set[str]]]]:
    """All calls with the local names of their function."""
    for child in ast.iter_child_nodes(node):
        inner = names
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = assigned(child)
        if isinstance(child, ast.Call):
            yield child, names
        yield from calls(child, inner)


def prompt_uses(path: Path) -> Iterator[PromptUse]:
    """The prompts that a module says."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call, names in calls(tree, {}):
        function = call.func
        called = function.attr if isinstance(function, ast.Attribute) else ""
        if isinstance(function, ast.Name):
            called = function.id
        owner = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
        given = {keyword.arg for keyword in call.keywords if keyword.arg}
        open_ended = any(keyword.arg is None for keyword in call.keywords)
        argument: ast.AST | None = call.args[0] if call.args else None
        if called in {"text", "speech", "buttons"} and owner.rstrip("s").endswith("prompt"):
            filled: set[str] = set(given)
        elif called == "prompt" and len(call.args) == 2:
            filled = given
        elif called in WRITER and owner == "self":
            filled = given | set(WRITER[called])
        elif called == "RequestError" and len(call.args) == 2:
            argument, filled = call.args[1], given
        else:
            continue
        if argument is None:
            continue
        for name in sorted(constants(argument, names)):
            values = None if open_ended or called == "buttons" else frozenset(filled)
            yield PromptUse(f"{path.parent.name}/{path.name}:{call.lineno}", name, values)


def wrong_uses(uses: Iterable[PromptUse], places: Mapping[str, frozenset[str]]) -> list[str]:
    wrong = []
    for use in uses:
        if use.name not in places:
            wrong.append(f"{use.where}: no prompt «{use.name}»")
        elif use.values is not None and places[use.name] - use.values:
            missing = ", ".join(sorted(places[use.name] - use.values))
            wrong.append(f"{use.where}: «{use.name}» needs {missing}")
    return wrong


def test_every_prompt_that_the_code_says_exists_and_is_filled(shipped: KnowledgeBase) -> None:
    uses = [use for path in modules(PROJECT).values() for use in prompt_uses(path)]
    places = {name: prompt.places for name, prompt in shipped.prompts.by_name.items()}
    assert len({use.name for use in uses}) > 60
    assert wrong_uses(uses, places) == []


def test_planted_faults_in_prompts_are_caught(tmp_path: Path) -> None:
    path = tmp_path / "actions" / "a.py"
    path.parent.mkdir()
    path.write_text(
        "def f(self, prompts, make, values):\n"
        '    prompts.text("co", ten=1)\n'
        '    prompts.speech("co")\n'
        '    name = "khong" if values else "co"\n'
        "    make.prompt(name, Act.ANSWER, ten=2)\n"
        '    make.prompt("co", Act.ANSWER, **values)\n'
        '    path.text("khac")\n'
        '    self._missing("co", 1)\n'
        '    raise RequestError(400, "mat", so=1)\n',
        encoding="utf-8",
    )
    assert wrong_uses(prompt_uses(path), {"co": frozenset({"ten"})}) == [
        "actions/a.py:3: «co» needs ten",
        "actions/a.py:5: no prompt «khong»",
        "actions/a.py:9: no prompt «mat»",
    ]


def vietnamese_texts(path: Path) -> Iterator[str]:
    """Vietnamese string literals of a module that are no docstrings and no lists of words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    docs |= {  # lists of words
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "split"
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docs:
            continue
        if isinstance(node.value, str) and has_diacritics(node.value):
            yield f"{path.parent.name}/{path.name}:{node.lineno}: {node.value}"


def test_actions_compose_no_sentences_of_their_own() -> None:
    found = [
        text
        for path in (PROJECT / "actions").rglob("*.py")
        for text in vietnamese_texts(path)
        if len(text.split(": ", 1)[1].split()) > 3
    ]
    assert found == []
