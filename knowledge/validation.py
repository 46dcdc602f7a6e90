"""From YAML to a typed model, with every fault said in Vietnamese at its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from knowledge.faults import Fault
from knowledge.yaml_reader import Location, YamlDocument

Model = TypeVar("Model", bound=BaseModel)


def validate(
    document: YamlDocument, model: type[Model], at: Location = ()
) -> tuple[Model | None, list[Fault]]:
    """Check a document (or the part of it at ``at``) against a model; returns it or the faults."""
    data = document.data
    for key in at:
        data = data[key]
    if not isinstance(data, dict):
        line = document.line_of(at)
        return None, [Fault(document.file, line, "Cần các dòng «khoá: giá trị» ở đây.")]
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [
            Fault(document.file, document.line_of((*at, *problem["loc"])), _say(problem, model))
            for problem in error.errors()
        ]


def _say(problem: Any, model: type[BaseModel]) -> str:
    """One of pydantic's errors as an instruction in Vietnamese."""
    location: Sequence[str | int] = problem["loc"]
    kind: str = problem["type"]
    key = next((str(part) for part in reversed(location) if isinstance(part, str)), "")
    context = problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(key, _keys_at(model, location[:-1]))
    if kind == "missing":
        return f"Thiếu khoá «{key}»: hãy thêm dòng «{key}: …»."
    if kind == "literal_error":
        return f"«{key}» phải là một trong: {_plain(context.get('expected'))}."
    if kind == "enum":
        return f"«{key}» không hợp lệ: dùng giay_to, le_phi, thoi_han, noi_nop, truc_tuyen, …"
    if kind == "string_pattern_mismatch":
        return f"«{key}: {_short(problem['input'])}» chưa đúng dạng{_shape(key)}."
    if kind in ("int_parsing", "int_type", "int_from_float"):
        return f"«{key}» phải là một số nguyên, ví dụ 3; đang là «{_short(problem['input'])}»."
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"«{key}» phải là một số từ 0 đến 999."
    if kind in ("bool_parsing", "bool_type"):
        return f"«{key}» phải là «có» hoặc «không»."
    if kind in ("string_too_short", "too_short") or problem["input"] is None:
        return f"«{key}» để trống: hãy điền, hoặc xoá dòng này."
    if kind == "too_long":
        return f"«{key}» có quá nhiều dòng: tối đa {context.get('max_length')}."
    if kind.startswith(("date", "time")) or kind == "value_error":
        return f"«{key}: {_short(problem['input'])}» không phải ngày, giờ có thật{_shape(key)}."
    if kind in ("string_type", "list_type", "tuple_type", "dict_type", "model_type"):
        return f"«{key}» sai kiểu: ở đây cần {_wanted(kind)}."
    return f"«{key}» chưa đúng: hãy xem lại theo mẫu trong tài liệu."


def _unknown_key(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    hint = f": có phải «{near[0]}» không?" if near else ": hãy xoá hoặc xem mẫu."
    return f"Không có khoá «{key}»{hint}"


def _keys_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys that are allowed where an unknown one stands."""
    current = model
    for part in location:
        if isinstance(part, int):
            continue
        info = next((f for f in current.model_fields.values() if f.alias == part), None)
        inner = _model_in(info) if info else None
        if inner is None:
            return []
        current = inner
    return [info.alias or name for name, info in current.model_fields.items()]


def _model_in(info: FieldInfo) -> type[BaseModel] | None:
    stack: list[Any] = [info.annotation]
    while stack:
        annotation = stack.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        stack.extend(get_args(annotation))
    return None


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _plain(expected: object) -> str:
    return str(expected).replace("'", "").replace(" or ", ", ")


def _shape(key: str) -> str:
    shapes = {
        "ma": ': mã thủ tục viết "1.004873", trong ngoặc kép',
        "link": ": cần địa chỉ bắt đầu bằng https://",
        "kiem_tra_ngay": ": viết 2026-07-17 (năm-tháng-ngày)",
        "ngay": ": viết 2026-04-30 (năm-tháng-ngày)",
        "tu": ': viết "07:30"',
        "den": ': viết "11:30"',
        "so": ': viết số, ví dụ "02123836146"',
    }
    return shapes.get(key, "")


def _wanted(kind: str) -> str:
    return {
        "string_type": "một đoạn chữ",
        "list_type": "một danh sách (mỗi dòng bắt đầu bằng «- »)",
        "tuple_type": "một danh sách (mỗi dòng bắt đầu bằng «- »)",
    }.get(kind, "các dòng «khoá: giá trị»")
