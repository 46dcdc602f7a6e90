"""YAML as people without a programmer's eye write it, with the line of every value kept.

Every plain value is read as the text that stands in the file, so none of YAML's traps springs: a
telephone number keeps its zero, ``no`` stays a word, ``1.10`` stays a code. The typed models turn
text into numbers and dates later. Keys are folded: accents, capitals, spaces and hyphens do not
matter (``Lệ phí`` is ``le_phi``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from knowledge.faults import Fault, KnowledgeError, relative
from knowledge.text.folding import fold

Location = tuple[str | int, ...]

MAX_FILE_BYTES = 1_000_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class YamlDocument:
    """One file's content and the line on which each value stands.

    Attributes:
        file: path relative to the knowledge folder.
        data: mappings, lists and strings (None for an empty value).
        lines: location (keys and list indices from the top) to 1-based line.

    """

    file: str
    data: Any
    lines: dict[Location, int] = field(default_factory=dict)

    def line_of(self, location: Location) -> int:
        """The line of a value, or of the nearest thing around it."""
        for end in range(len(location), -1, -1):
            line = self.lines.get(location[:end])
            if line is not None:
                return line
        return 1


def fold_key(key: str) -> str:
    """The one form of a key: ``"Lệ phí"``, ``"le-phi"`` and ``le_phi`` are the same."""
    return re.sub(r"[\s\-_]+", "_", fold(key)).strip("_")


def read_yaml(path: Path, root: Path) -> YamlDocument:
    """Read one file.

    Raises:
        KnowledgeError: the file can't be read as YAML, with every fault found.

    """
    name = relative(path, root)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise KnowledgeError([Fault(name, 1, "Tệp lớn hơn 1 MB: hãy tách thành nhiều tệp.")])
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise KnowledgeError(
            [Fault(name, line, "Tệp không phải mã hoá UTF-8: hãy lưu lại với UTF-8.")]
        ) from error
    except OSError as error:
        raise KnowledgeError([Fault(name, 1, f"Không đọc được tệp: {error.strerror}.")]) from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> YamlDocument:
    """Parse the text of a file called ``name``; raises as ``read_yaml`` does."""
    document = YamlDocument(file=name, data=None)
    faults: list[Fault] = []
    try:
        node = yaml.compose(text, Loader=_LOADER)
        if node is not None:
            document.data = _value(node, (), document, faults)
    except yaml.YAMLError as error:
        raise KnowledgeError([_syntax_fault(error, name, text)]) from error
    except RecursionError as error:  # an anchor inside itself, or brackets a thousand deep
        message = "Dấu & và * trỏ vòng, hoặc lồng quá sâu: hãy viết thẳng giá trị ra."
        raise KnowledgeError([Fault(name, 1, message)]) from error
    if faults:
        raise KnowledgeError(faults)
    return document


def yaml_files(folder: Path) -> Iterator[Path]:
    """All YAML files below a folder, in a stable order; editors' hidden files are passed over."""
    for path in sorted(folder.rglob("*.y*ml")):
        if path.suffix in (".yml", ".yaml") and not path.name.startswith("."):
            yield path


def _value(node: yaml.Node, at: Location, document: YamlDocument, faults: list[Fault]) -> Any:
    document.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        if not node.style and node.tag.startswith("!"):  # C's parser says "" for a plain style
            message = 'Dấu ! ở đầu giá trị: hãy đặt cả giá trị trong dấu ngoặc kép "…".'
            faults.append(Fault(document.file, node.start_mark.line + 1, message))
        empty = not node.style and node.value in ("", "~", "null")
        return None if empty else node.value.strip()
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*at, i), document, faults) for i, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            faults.append(Fault(document.file, line, "Khoá phải là một từ, ví dụ «le_phi:»."))
            continue
        key = fold_key(key_node.value)
        if key in result:
            message = f"Khoá «{key_node.value}» viết hai lần: giữ một, xoá một."
            faults.append(Fault(document.file, line, message))
            continue
        document.lines[(*at, key)] = line
        result[key] = _value(value_node, (*at, key), document, faults)
    return result


def _syntax_fault(error: yaml.YAMLError, name: str, text: str) -> Fault:
    unreadable = _CONTROL.search(text)
    if unreadable:
        line = text.count("\n", 0, unreadable.start()) + 1
        return Fault(name, line, "Có ký tự lạ không nhìn thấy: hãy xoá rồi gõ lại dòng này.")
    problem = str(getattr(error, "problem", "") or error)
    context = str(getattr(error, "context", "") or "")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if re.search(r"quoted scalar|flow (sequence|mapping)", context):  # where it was opened
        mark = getattr(error, "context_mark", None) or mark
    lines = text.rstrip("\n").split("\n")
    line = min(mark.line + 1 if mark is not None else 1, len(lines))
    if re.match(r" *\t", lines[line - 1]):
        problem = "tab"
    return Fault(name, line, _explain(problem))


def _explain(problem: str) -> str:
    """The parser's English complaint as an instruction in Vietnamese."""
    for pattern, advice in _ADVICE:
        if re.search(pattern, problem):
            return advice
    return (
        "Sai cú pháp YAML ở đây hoặc ngay dòng trên: "
        "xem lại thụt lề, dấu hai chấm và dấu ngoặc kép."
    )


_ADVICE = (
    (r"\btab\b", "Có dấu tab: hãy thụt lề bằng dấu cách (mỗi bậc 2 dấu cách)."),
    (
        r"mapping values are not allowed",
        'Dấu hai chấm trong câu làm máy hiểu nhầm: hãy đặt cả câu trong dấu ngoặc kép "…"; '
        "hoặc dòng này thụt lề sâu hơn dòng trên.",
    ),
    (
        r"unexpected end of stream|while scanning a quoted scalar|found unexpected document",
        'Thiếu dấu ngoặc kép đóng: mỗi dấu " mở phải có một dấu " đóng.',
    ),
    (
        r"expected <block end>|did not find expected '-' indicator|did not find expected key",
        "Thụt lề không thẳng hàng: các dòng cùng bậc phải bắt đầu ở cùng một cột; hoặc còn chữ "
        "thừa sau dấu ngoặc đóng.",
    ),
    (
        r"could not find expected ':'",
        "Thiếu dấu hai chấm sau tên khoá: hãy viết «khoá: giá trị».",
    ),
    (
        r"expected ',' or|did not find expected ',' or",
        "Danh sách trong ngoặc thiếu dấu phẩy hoặc ngoặc đóng: hãy viết [một, hai, ba].",
    ),
    (
        r"cannot start any token|found character",
        'Ký tự đặc biệt ở đầu giá trị (@ ` % …): hãy đặt giá trị trong dấu ngoặc kép "…".',
    ),
    (r"alias|anchor", 'Dấu * hoặc & ở đầu giá trị: hãy đặt trong dấu ngoặc kép "…".'),
    (r"expected a single document|another document", "Dòng «---» thừa: mỗi tệp một bản ghi."),
    (r"escape", "Dấu \\ trong ngoặc kép: hãy dùng dấu / hoặc viết \\\\."),
)
