from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.faults import Fault, KnowledgeError
from knowledge.text.folding import fold
from knowledge.yaml_reader import MAX_FILE_BYTES, fold_key, parse_yaml, read_yaml, yaml_files


def faults_of(text: str) -> tuple[Fault, ...]:
    with pytest.raises(KnowledgeError) as caught:
        parse_yaml(text, "thu_tuc/x.yml")
    return caught.value.faults


FAULTY = {
    "tab before a key": ("ma: x\n\tten: y\n", 2, "tab"),
    "tab before a dash": ("giay_to:\n\t- ten: a\n", 2, "tab"),
    "colon in a sentence": ("ma: x\nten: Lệ phí: mười đồng\n", 2, "ngoặc kép"),
    "double quote not closed": ('ma: x\nten: "chưa đóng\nlinh_vuc: y\ncap: z\n', 2, "đóng"),
    "single quote not closed": ("ma: x\nten: 'chưa đóng\nlinh_vuc: y\n", 2, "đóng"),
    "words after a closed quote": ('ten: "một" hai\nma: x\n', 1, "chữ thừa"),
    "list items out of line": ("giay_to:\n  - ten: a\n   - ten: b\n", 3, "cùng một cột"),
    "keys out of line": ("a:\n    b: 1\n  c: 2\n", 3, "cùng một cột"),
    "key deeper than the one before": ("ma: x\n  ten: y\n", 2, "thụt lề"),
    "no colon": ("ma: x\nten\nlinh_vuc: y\n", 3, "dấu hai chấm"),
    "list not closed": ("ma: x\nten_goi_khac: [một, hai\nten: y\n", 2, "dấu phẩy hoặc ngoặc đóng"),
    "comma missing in braces": ("nguon: {link: a ngay: b}\n", 1, "dấu phẩy"),
    "at sign first": ("ma: x\nten: @abc\n", 2, "ngoặc kép"),
    "per cent first": ("ten: %abc\n", 1, "ngoặc kép"),
    "star first": ("ten: *abc\n", 1, "ngoặc kép"),
    "exclamation mark first": ("ma: x\nten: !gấp làm ngay\n", 2, "ngoặc kép"),
    "key twice": ("ma: x\nten: y\nma: z\n", 3, "hai lần"),
    "key twice in two spellings": ("le_phi:\n  muc: a\n  Mức: b\n", 3, "hai lần"),
    "key that is a list": ("? [a, b]\n: c\n", 1, "một từ"),
    "two documents": ("ma: x\n---\nma: y\n", 2, "---"),
    "control character": ("ma: x\nten: a\x07b\n", 2, "ký tự lạ"),
    "NUL": ("ma: x\nten: a\x00b\n", 2, "ký tự lạ"),
    "backslash in quotes": ('ten: "a\\qb"\n', 1, "\\"),
    "anchor in itself": ("a: &x [*x]\n", 1, "trỏ vòng"),
}


@pytest.mark.parametrize(("text", "line", "advice"), FAULTY.values(), ids=FAULTY)
def test_faulty_yaml_gives_file_line_and_advice(text: str, line: int, advice: str) -> None:
    (fault,) = faults_of(text)
    assert str(fault).startswith(f"thu_tuc/x.yml:{line}: ")
    assert advice in fault.message
    assert fold(fault.message) != fault.message.lower(), "the message is in Vietnamese"


def test_several_keys_written_twice_are_told_at_once() -> None:
    assert [fault.line for fault in faults_of("a: 1\na: 2\nb: 1\nc: {d: 1, d: 2}\nb: 2\n")] == [
        2,
        4,
        5,
    ]


@pytest.mark.parametrize(
    "written",
    [
        "02123836146",
        "no",
        "yes",
        "on",
        "1.10",
        "2026-07-17",
        "0x1F",
        "1e3",
        "12:30",
        "1_000",
        "012",
    ],
)
def test_plain_values_stay_as_written(written: str) -> None:
    assert parse_yaml(f"so: {written}\n", "x.yml").data == {"so": written}


@pytest.mark.parametrize("written", ["", " ", " ~", " null", " # ghi chú"])
def test_an_empty_value_is_none(written: str) -> None:
    assert parse_yaml(f"so:{written}\n", "x.yml").data == {"so": None}


def test_a_quoted_value_is_never_none() -> None:
    assert parse_yaml("a: ''\nb: 'null'\n", "x.yml").data == {"a": "", "b": "null"}


@pytest.mark.parametrize("key", ["Lệ phí", "le-phi", "LE_PHI", "  lệ  phí ", "Lê_Phi"])
def test_spelling_of_a_key_does_not_matter(key: str) -> None:
    assert fold_key(key) == "le_phi"
    assert parse_yaml(f'"{key}": x\n', "x.yml").data == {"le_phi": "x"}


def test_every_value_knows_its_line() -> None:
    document = parse_yaml("ma: x\ngiay_to:\n  - ten: a\n  - ten: b\n    mau: c\n", "x.yml")
    assert document.line_of(("ma",)) == 1
    assert document.line_of(("giay_to", 1, "ten")) == 4
    assert document.line_of(("giay_to", 1, "mau")) == 5
    assert document.line_of(("giay_to", 1, "khong_co")) == 4
    assert document.line_of(("khong_co",)) == 1


@pytest.mark.parametrize("text", ["", "\n\n", "# chỉ có ghi chú\n"])
def test_an_empty_text_has_no_data(text: str) -> None:
    assert parse_yaml(text, "x.yml").data is None


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes("\ufeffma: đ\n".encode())
    assert read_yaml(path, tmp_path).data == {"ma": "đ"}


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "thu_tuc" / "x.yml"
    path.parent.mkdir()
    path.write_bytes(b"ma: x\nten: " + "độc thân".encode("utf-16-le") + b"\xff\n")
    with pytest.raises(KnowledgeError, match=r"thu_tuc/x\.yml:2: .*UTF-8"):
        read_yaml(path, tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(KnowledgeError, match="1 MB"):
        read_yaml(path, tmp_path)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"khong-co\.yml:1: Không đọc được"):
        read_yaml(tmp_path / "khong-co.yml", tmp_path)


def test_only_yaml_files_that_are_not_hidden_are_listed_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", ".a.yml.swp", ".hidden.yml", "c.yml~", "d.txt", "e.ymml"):
        (tmp_path / name).touch()
    assert [path.name for path in yaml_files(tmp_path)] == ["a.yaml", "b.yml"]
