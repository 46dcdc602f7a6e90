from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.linking.linker import CANDIDATES, Link, ProcedureLinker
from knowledge.loader import load_knowledge
from knowledge.text.folding import strip_diacritics
from knowledge.text.normalise import normalise
from tests.knowledge.entries import NEW_CODE, add_entry

QUESTIONS = {
    "con tôi mới sinh thì làm giấy khai sinh thế nào": "1.001193",
    "làm giấy khai sinh cho con cần giấy tờ gì": "1.001193",
    "đăng ký kết hôn mất bao nhiêu tiền": "1.000894",
    "xin giấy độc thân mất mấy ngày": "1.004873",
    "đăng ký tạm trú nộp ở đâu": "1.004194",
    "gia hạn tạm trú": "1.002755",
    "làm lại thẻ căn cước bị mất thế nào": "1.014061",
    "sang tên sổ đỏ cần những gì": "1.013831",
    "làm sổ đỏ lần đầu": "1.013978",
    "tách thửa đất cho con": "1.012784",
    "tranh chấp đất đai với hàng xóm": "1.012812",
    "chuyển đất vườn lên thổ cư": "1.013949",
    "đăng ký khai tử cho ông nội": "1.000656",
    "tách hộ khẩu": "1.010038",
    "nhập hộ khẩu cho vợ": "1.004222",
    "khai báo tạm vắng": "1.003677",
    "khách ngủ lại nhà báo công an": "2.001159",
    "xác nhận thông tin cư trú": "1.010041",
    "đổi bằng lái xe máy": "3.000347",
    "mất bằng lái xe ô tô thì làm lại ở đâu": "3.000348",
    "sang tên xe máy cũ": "1.013076",
    "mất biển số xe": "1.013080",
    "làm hộ chiếu lần đầu": "1.001456",
    "rút bảo hiểm một lần": "1.001613",
    "xác nhận khuyết tật": "1.001699",
    "chuyển nơi nhận trợ cấp thất nghiệp": "1.014753",
    "xin phép xây nhà": "1.013225",
    "sửa nhà có phải xin phép không": "1.013229",
    "sao y bản chính ở đâu": "2.000815",
    "chứng thực chữ ký giấy tờ": "2.000884",
    "lập di chúc ở xã": "2.001019",
    "nhận con nuôi": "2.001263",
    "lý lịch tư pháp làm mấy ngày": "3.000333",
    "đăng ký nghĩa vụ quân sự": "1.013133",
    "tuyển sinh lớp 6": "3.000182",
    "tạm nghỉ kinh doanh": "1.001570",
    "hộ nghèo xin công nhận": "1.011607",
    "thuế trước bạ nhà đất": "1.007277",
    "giám hộ cho cháu": "1.004837",
    "cải chính ngày sinh": "1.004859",
}


def link(linker: ProcedureLinker, base: KnowledgeBase, text: str) -> Link:
    return linker.link(normalise(text, base.lexicon))


def code(found: Link) -> str | None:
    return found.best.code if found.best else None


@pytest.mark.parametrize(("question", "wanted"), QUESTIONS.items())
def test_a_question_leads_to_its_procedure_in_every_spelling(
    linker: ProcedureLinker, shipped: KnowledgeBase, question: str, wanted: str
) -> None:
    spellings = {
        "as typed": question,
        "without diacritics": strip_diacritics(question),
        "capitals": question.upper(),
        "NFD": unicodedata.normalize("NFD", question),
    }
    found = {name: code(link(linker, shipped, text)) for name, text in spellings.items()}
    assert found == dict.fromkeys(spellings, wanted)


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("dk tam tru", "1.004194"),
        ("đk kết hôn cần gt j", "1.000894"),
        ("ddawng kys keets hoon", "1.000894"),
        ("d9a8ng ky1 ta5m tru1", "1.004194"),
        ("giayxacnhandocthan", "1.004873"),
        ("xin giấy độc thâm", "1.004873"),
        ("gấy khai sinh cho con", "1.001193"),
        ("chứng thực chữ kí", "2.000884"),
    ],
)
def test_chat_spelling_and_slips_do_not_matter(
    linker: ProcedureLinker, shipped: KnowledgeBase, question: str, wanted: str
) -> None:
    assert code(link(linker, shipped, question)) == wanted


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("đăng ký kết hôn", "1.000894"),
        ("đăng ký kết hôn với người Trung Quốc", "2.000806"),
        ("kết hôn với chồng Tây", "2.000806"),
        ("mất giấy kết hôn xin làm lại", "1.004746"),
        ("làm căn cước", "1.014061"),
        ("làm căn cước cho con 5 tuổi", "1.014062"),
        ("làm căn cước cho trẻ em", "1.014062"),
        ("tích hợp bằng lái vào căn cước", "1.014060"),
        ("đăng ký khai sinh cho con có bố là người nước ngoài", "2.000528"),
        ("đăng ký lại khai sinh", "1.004884"),
        ("xin trích lục khai sinh", "2.000635"),
    ],
)
def test_cues_tell_siblings_apart(
    linker: ProcedureLinker, shipped: KnowledgeBase, question: str, wanted: str
) -> None:
    for text in (question, strip_diacritics(question)):
        assert code(link(linker, shipped, text)) == wanted


def test_a_family_without_a_cue_gives_its_default_and_does_not_ask(
    linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    for family in shipped.families.values():
        if family.default is None:
            continue
        for name in family.generic_names:
            found = link(linker, shipped, name)
            assert code(found) == family.default, name
            assert found.family is None, name


def test_a_family_without_a_default_asks(linker: ProcedureLinker, shipped: KnowledgeBase) -> None:
    for family in shipped.families.values():
        if family.default is None:
            found = [link(linker, shipped, name) for name in (family.name, *family.generic_names)]
            variants = {variant.code for variant in family.variants}
            assert all(code(one) in variants for one in found), family.name
            assert any(one.ambiguous for one in found), family.name


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("xác nhận độc thân và sao y bản chính", ["1.004873", "2.000815"]),
        ("sao y bản chính và xác nhận độc thân", ["2.000815", "1.004873"]),
        ("đăng ký khai tử, giấy độc thân", ["1.000656", "1.004873"]),
        ("xac nhan doc than va sao y ban chinh", ["1.004873", "2.000815"]),
        ("rút bảo hiểm xã hội một lần với gia hạn tạm trú", ["1.001613", "1.002755"]),
    ],
)
def test_two_procedures_in_one_sentence_come_in_the_order_asked(
    linker: ProcedureLinker, shipped: KnowledgeBase, question: str, wanted: list[str]
) -> None:
    utterance = normalise(question, shipped.lexicon)
    links = linker.link_all(utterance)
    assert [code(one) for one in links] == wanted
    first, second = (one.best.tokens for one in links if one.best)
    assert max(first) < min(second) < len(utterance.tokens)


@pytest.mark.parametrize(
    "question",
    ["đăng ký kết hôn cho tôi và vợ", "giấy tờ và lệ phí đăng ký tạm trú", "vợ và chồng"],
)
def test_an_and_alone_makes_no_second_procedure(
    linker: ProcedureLinker, shipped: KnowledgeBase, question: str
) -> None:
    assert len(linker.link_all(normalise(question, shipped.lexicon))) == 1


@pytest.mark.parametrize("text", ["", "?", "😀", "xyzzy qwrt"])
def test_nothing_known_links_to_nothing(
    linker: ProcedureLinker, shipped: KnowledgeBase, text: str
) -> None:
    found = link(linker, shipped, text)
    assert (found.best, found.confidence, found.candidates) == (None, 0.0, ())


@pytest.mark.parametrize(
    "text",
    ["giá vàng hôm nay", "hôm nay trời đẹp quá", "kết quả xổ số miền bắc", "cách nấu phở bò"],
)
def test_what_is_foreign_to_us_gets_little_confidence(
    linker: ProcedureLinker, shipped: KnowledgeBase, text: str
) -> None:
    assert link(linker, shipped, text).confidence < 0.3


def test_candidates_are_few_different_and_best_first(
    linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    for question in QUESTIONS:
        found = link(linker, shipped, question)
        codes = [candidate.code for candidate in found.candidates]
        assert 1 <= len(codes) <= CANDIDATES
        assert len(set(codes)) == len(codes)
        assert set(codes) <= set(shipped.procedures)
        assert 0 <= found.confidence <= 1
        assert 0 <= found.explained <= 1


def test_staff_questions_lead_to_their_entry_or_a_sibling(
    linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    asked = wrong = 0
    for own, entry in shipped.procedures.items():
        family = shipped.family_of(own)
        near = {variant.code for variant in family.variants} if family else {own}
        for question in entry.test_questions[::2]:
            asked += 1
            wrong += code(link(linker, shipped, question.question)) not in near
    assert asked > 500
    assert wrong / asked < 0.06  # many never name the procedure and are hard for anybody


def test_official_names_lead_to_their_entry(
    linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    wrong = [
        own
        for own, entry in shipped.procedures.items()
        if code(link(linker, shipped, entry.official_name)) != own
    ]
    assert len(wrong) <= 2, wrong


def test_a_new_entry_is_known_at_once(
    knowledge_copy: Path, linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    assert code(link(linker, shipped, "xin giấy nuôi voi")) != NEW_CODE
    add_entry(knowledge_copy)
    base = load_knowledge(knowledge_copy)
    grown = ProcedureLinker(base)
    for text in ("xin giấy nuôi voi", "xin giay nuoi voi o ban", "NUÔI VOI Ở BẢN cần gì"):
        found = link(grown, base, text)
        assert code(found) == NEW_CODE
        assert found.confidence > 0.36
    assert code(link(grown, base, "xin giấy độc thân")) == "1.004873"


def test_a_word_of_a_name_is_known_also_with_a_slip(
    linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    known, slip, strange = normalise("chứng trứng bitcoin", shipped.lexicon).tokens
    assert linker.knows(known)
    assert linker.knows(slip)
    assert not linker.knows(strange)


def test_a_message_of_two_thousand_characters_is_linked(
    linker: ProcedureLinker, shipped: KnowledgeBase
) -> None:
    text = "đăng ký tạm trú ở đâu và cần giấy tờ gì " * 60
    assert code(linker.link_all(normalise(text, shipped.lexicon))[0]) == "1.004194"


def test_one_entry_alone_can_be_searched(shipped: KnowledgeBase) -> None:
    alone = replace(shipped, procedures={"1.004873": shipped.procedures["1.004873"]}, families={})
    assert code(link(ProcedureLinker(alone), alone, "giấy độc thân")) == "1.004873"


@pytest.mark.parametrize(
    "question",
    [
        "làm giấy khai sinh cần giấy tờ gì",
        "giay khai sinh can gi",
        "khai tử cần gì",
        "khai tu can gi",
        "đăng ký kết hôn",
        "tạm trú",
        "làm sổ đỏ hết bao nhiêu tiền",
    ],
)
def test_everyday_names_made_of_common_syllables_are_linked_with_confidence(
    linker: ProcedureLinker, shipped: KnowledgeBase, question: str
) -> None:
    assert link(linker, shipped, question).confidence > 0.36
