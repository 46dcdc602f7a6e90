from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.answers import MAX_SPEECH, MAX_TEXT, Answer, AnswerWriter
from knowledge.base import KnowledgeBase
from knowledge.facets import Facet
from knowledge.loader import load_knowledge
from knowledge.procedure import Procedure
from tests.knowledge.entries import NEW_CODE, NEW_ENTRY, add_entry

SINGLE = "1.004873"


def answers(base: KnowledgeBase, facet: Facet) -> Iterator[tuple[str, Answer]]:
    writer = AnswerWriter(base)
    for code in base.procedures:
        yield code, writer.write(code, facet)


def write_new(root: Path, facet: Facet, more: str = "", entry: str = NEW_ENTRY) -> Answer:
    add_entry(root, entry + more)
    return AnswerWriter(load_knowledge(root)).write(NEW_CODE, facet)


def test_documents_name_every_paper_its_number_its_case_and_its_form(writer: AnswerWriter) -> None:
    answer = writer.write(SINGLE, Facet.DOCUMENTS)
    assert answer.supplied
    assert "Tờ khai cấp Giấy xác nhận tình trạng hôn nhân (1 bản chính; " in answer.text
    assert "– chỉ khi nộp qua mạng" in answer.text
    assert "mang theo để xuất trình" in answer.text
    assert answer.speech.startswith(
        "Để làm Giấy xác nhận tình trạng hôn nhân (giấy độc thân), anh/chị cần 6 loại giấy tờ."
    )


def test_papers_that_everybody_needs_come_before_those_of_one_case(
    writer: AnswerWriter, shipped: KnowledgeBase
) -> None:
    entry = shipped.procedures["1.001612"]
    text = writer.write("1.001612", Facet.DOCUMENTS).text
    always = next(paper.name for paper in entry.papers if paper.case is None)
    assert text.index(always) < min(
        text.index(f"{paper.name} (") for paper in entry.papers if paper.case
    )


def test_fee_that_is_stated_is_said(writer: AnswerWriter) -> None:
    assert "Miễn phí" in writer.write("1.013065", Facet.FEE).text


def test_fee_of_the_province_says_so_and_whom_to_ask(writer: AnswerWriter) -> None:
    answer = writer.write(SINGLE, Facet.FEE)
    assert "Hội đồng nhân dân tỉnh" in answer.text
    assert "Tỉnh Sơn La chưa được địa phương cung cấp" in answer.text
    assert writer.where_to_ask() in answer.text
    assert "Miễn, giảm: Người thuộc gia đình có công với cách mạng" in answer.text


def test_fee_of_the_locality_is_shown_once_it_is_given(small_copy: Path) -> None:
    path = small_copy / "dia_phuong" / "son_la" / "le_phi.yml"
    path.write_text(
        f'le_phi:\n  "{SINGLE}": {{muc: 3.000 đồng/bản, can_cu: Nghị quyết 01}}\n', encoding="utf-8"
    )
    answer = AnswerWriter(load_knowledge(small_copy)).write(SINGLE, Facet.FEE)
    assert answer.text.startswith(
        "Lệ phí Giấy xác nhận tình trạng hôn nhân (giấy độc thân) tại Tỉnh Sơn La: 3.000 đồng/bản."
    )
    assert "3.000 đồng/bản" in answer.speech
    assert "chưa" not in answer.text.split("\n")[0]
    assert "Miễn, giảm" in answer.text


def test_time_with_its_unit_its_cases_and_its_note(writer: AnswerWriter) -> None:
    lines = writer.write("1.013065", Facet.TIME).text.split("\n")
    assert lines[0].endswith(": 8 giờ làm việc.")
    assert "• Mất đăng ký xe, biển số - thời gian xác minh: 30 ngày" in lines
    assert lines[-1].startswith("Tính từ khi nhận đủ hồ sơ hợp lệ.")


def test_time_that_the_source_leaves_out_says_so(writer: AnswerWriter) -> None:
    answer = writer.write("2.000815", Facet.TIME)
    assert not answer.supplied
    assert "chưa nêu thời hạn" in answer.text


def test_place_with_its_ways_and_hours(writer: AnswerWriter) -> None:
    text = writer.write(SINGLE, Facet.PLACE).text
    assert "Trung tâm Phục vụ hành chính công xã, phường nơi cư trú" in text
    assert "nộp qua mạng" in text
    assert "bưu chính" in text
    assert "địa phương cần xác nhận): thứ hai đến thứ sáu 07:30–11:30, 13:30–17:00." in text


@pytest.mark.parametrize(
    ("online", "start", "supplied"),
    [
        ("toàn trình", "Có. Xin phép nuôi voi nhà làm được toàn bộ qua mạng", True),
        ("một phần", "Có, một phần.", True),
        ("có", "Có. Xin phép nuôi voi nhà nhận hồ sơ qua mạng", True),
        ("không", "Không. Xin phép nuôi voi nhà hiện chỉ nhận hồ sơ ngoài mạng, tại Ủy ban", True),
        ("chưa rõ", "Nguồn chính thức chưa nói", False),
    ],
)
def test_online_says_what_the_entry_says(
    small_copy: Path, online: str, start: str, supplied: bool
) -> None:
    entry = NEW_ENTRY.replace("dân xã}", f"dân xã, truc_tuyen: {online}}}")
    answer = write_new(small_copy, Facet.ONLINE, entry=entry)
    assert answer.text.startswith(start)
    assert answer.supplied is supplied


def test_the_page_for_handing_in_is_shown_where_there_is_one(small_copy: Path) -> None:
    entry = NEW_ENTRY.replace("dân xã}", "dân xã, truc_tuyen: có, link: https://example.vn/nop}")
    answer = write_new(small_copy, Facet.ONLINE, entry=entry)
    assert "\nhttps://example.vn/nop" in answer.text
    assert "http" not in answer.speech


def test_forms_with_the_paper_they_belong_to(writer: AnswerWriter) -> None:
    assert (
        "Giấy khai thu hồi đăng ký, biển số xe (khai điện tử): Mẫu ĐKX11"
        in writer.write("1.013065", Facet.FORM).text
    )


def test_legal_basis_with_names_and_numbers(writer: AnswerWriter) -> None:
    answer = writer.write(SINGLE, Facet.LEGAL_BASIS)
    assert "Luật Hộ tịch (60/2014/QH13)" in answer.text
    assert answer.speech.startswith("Thủ tục Giấy xác nhận tình trạng hôn nhân (giấy độc thân) căn")
    assert "căn cứ 16 văn bản" in answer.speech


def test_steps_are_numbered_in_order(writer: AnswerWriter, shipped: KnowledgeBase) -> None:
    answer = writer.write(SINGLE, Facet.STEPS)
    steps = shipped.procedures[SINGLE].steps
    assert answer.text.split("\n")[1:] == [f"{i}. {step}" for i, step in enumerate(steps, start=1)]


def test_conditions_results_and_overview(writer: AnswerWriter, shipped: KnowledgeBase) -> None:
    entry = shipped.procedures[SINGLE]
    conditions = writer.write(SINGLE, Facet.CONDITIONS).text
    assert entry.conditions[0] in conditions
    assert "Đối tượng: Công dân Việt Nam" in conditions
    assert entry.results[0] in writer.write(SINGLE, Facet.RESULT).text
    overview = writer.write(SINGLE, Facet.OVERVIEW)
    assert entry.summary in overview.text
    assert "• Giấy tờ: 6 loại" in overview.text
    assert "• Thời hạn: 3 ngày." in overview.text
    assert overview.speech.endswith("?")


EMPTY = [facet for facet in Facet if facet not in (Facet.PLACE, Facet.OVERVIEW)]


@pytest.mark.parametrize("facet", EMPTY)
def test_an_empty_field_says_that_the_source_does_not_say(small_copy: Path, facet: Facet) -> None:
    answer = write_new(small_copy, facet)
    assert not answer.supplied
    assert "Nguồn chính thức" in answer.text
    assert re.search("chưa nêu|chưa liệt kê|không nêu|chưa nói", answer.text)
    assert "Xin phép nuôi voi nhà" in answer.text
    assert "None" not in answer.text + answer.speech


def test_an_entry_with_the_least_has_an_overview_and_a_place(small_copy: Path) -> None:
    overview = write_new(small_copy, Facet.OVERVIEW)
    assert overview.text.split("\n")[:2] == [
        "Xin phép nuôi voi nhà: Để được nuôi voi ở nhà.",
        "• Nơi nộp: Ủy ban nhân dân xã.",
    ]
    assert "Ủy ban nhân dân xã" in write_new(small_copy, Facet.PLACE).text


def test_an_unknown_code_is_a_key_error(writer: AnswerWriter) -> None:
    with pytest.raises(KeyError):
        writer.write("9.999999", Facet.FEE)


@pytest.mark.parametrize("facet", list(Facet))
def test_no_answer_is_empty_too_long_or_unfilled(shipped: KnowledgeBase, facet: Facet) -> None:
    for code, answer in answers(shipped, facet):
        assert answer.text.strip() and answer.speech.strip(), code
        assert len(answer.text) <= MAX_TEXT, code
        assert not re.search(r"[{}]|None|\.\.(?!\.)|\n\n", answer.text + answer.speech), code
        assert "http" not in answer.speech, code


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


@pytest.mark.parametrize("facet", list(Facet))
def test_every_number_of_an_answer_stands_in_the_entry(
    shipped: KnowledgeBase, facet: Facet
) -> None:
    hours = numbers("07:30 11:30 13:30 17:00")
    for code, answer in answers(shipped, facet):
        entry = shipped.procedures[code]
        counts = {len(entry.papers), len(entry.legal_bases), len(entry.steps)}
        known = numbers(repr(entry)) | hours | set(map(str, counts))
        body = re.sub(r"(?m)^\d+\. |và \d+ (giấy tờ|mục|bước) nữa", "", answer.text)
        spoken = re.sub(r"Còn \d+ (giấy tờ|mục|bước) nữa", "", answer.speech)
        assert numbers(body + spoken) <= known, code


LISTS: dict[Facet, Callable[[Procedure], list[str]]] = {
    Facet.STEPS: lambda entry: list(entry.steps),
    Facet.RESULT: lambda entry: list(entry.results),
    Facet.CONDITIONS: lambda entry: list(entry.conditions),
    Facet.LEGAL_BASIS: lambda entry: [
        f"{basis.name} ({basis.number})" if basis.name else basis.number
        for basis in entry.legal_bases
    ],
}


@pytest.mark.parametrize("facet", LISTS)
def test_lists_are_given_whole_or_cut_between_items(shipped: KnowledgeBase, facet: Facet) -> None:
    for code, answer in answers(shipped, facet):
        items = LISTS[facet](shipped.procedures[code])
        if not items:
            continue
        lines = answer.text.split("\n")[1:]
        marks = [f"{i}. " for i in range(1, len(items) + 1)]
        if len(items) <= 3 and facet is not Facet.STEPS:
            marks = ["• "] * len(items)
        whole = [mark + item for mark, item in zip(marks, items, strict=True)]
        kept = [line for line in lines if line in whole]
        assert kept == whole[: len(kept)], code
        if len(kept) < len(items):
            assert f"và {len(items) - len(kept)} " in lines[len(kept)], code


MANY = "\n".join(f"  - Dòng thứ {i} {'dài ' * 60}hết {i}" for i in range(1, 20))


@pytest.mark.parametrize(
    ("key", "facet", "left"),
    [
        ("dieu_kien", Facet.CONDITIONS, "mục nữa"),
        ("ket_qua", Facet.RESULT, "mục nữa"),
    ],
)
def test_what_does_not_fit_is_left_out_by_items_and_counted(
    small_copy: Path, key: str, facet: Facet, left: str
) -> None:
    answer = write_new(small_copy, facet, f"{key}:\n{MANY}\n")
    items = re.findall(r"^\d+\. Dòng thứ (\d+) (?:dài )+hết (\d+)$", answer.text, re.MULTILINE)
    assert items == [(str(i), str(i)) for i in range(1, len(items) + 1)]
    assert 3 <= len(items) < 19
    assert f"… và {19 - len(items)} {left}" in answer.text
    assert len(answer.text) <= MAX_TEXT
    assert f"Còn 18 {left}" in answer.speech


def test_papers_that_do_not_fit_are_counted_as_papers(small_copy: Path) -> None:
    papers = "\n".join(f"  - ten: Giấy {i} {'dài ' * 60}hết {i}" for i in range(1, 20))
    answer = write_new(small_copy, Facet.DOCUMENTS, f"giay_to:\n{papers}\n")
    kept = re.findall(r"^\d+\. Giấy (\d+) (?:dài )+hết \1$", answer.text, re.MULTILINE)
    assert f"… và {19 - len(kept)} giấy tờ nữa" in answer.text
    assert "Còn 18 giấy tờ nữa." in answer.speech


def test_steps_left_out_of_speech_are_called_steps(writer: AnswerWriter) -> None:
    assert writer.write(SINGLE, Facet.STEPS).speech.endswith("Còn 4 bước nữa.")
    assert writer.write(SINGLE, Facet.LEGAL_BASIS).speech.endswith("Còn 13 mục nữa.")


@pytest.mark.parametrize("facet", list(Facet))
def test_speech_is_whole_sentences_of_about_one_breath(
    shipped: KnowledgeBase, facet: Facet
) -> None:
    for code, answer in answers(shipped, facet):
        assert answer.speech.endswith((".", "!", "?", ":")), code
        assert "\n" not in answer.speech, code
        assert "•" not in answer.speech, code
    lengths = sorted(len(answer.speech) for _, answer in answers(shipped, facet))
    assert lengths[len(lengths) * 9 // 10] <= MAX_SPEECH + 60


@pytest.mark.parametrize(
    ("written", "said"),
    [("2026-07-17", "ngày 17/07/2026"), ("2026-07", "tháng 07/2026"), ("2026", "năm 2026")],
)
def test_the_day_of_reading_is_as_exact_as_it_is_known(
    small_copy: Path, written: str, said: str
) -> None:
    add_entry(small_copy, NEW_ENTRY.replace("2026-07-17", written))
    base = load_knowledge(small_copy)
    assert AnswerWriter(base).checked_on(base.procedures[NEW_CODE]) == said
