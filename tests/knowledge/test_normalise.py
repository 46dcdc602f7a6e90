from __future__ import annotations

import random
import time
import unicodedata
from typing import Literal

import pytest

from knowledge.base import KnowledgeBase
from knowledge.text.folding import strip_diacritics
from knowledge.text.normalise import (
    MAX_CHARACTERS,
    Lexicon,
    Utterance,
    clean,
    make_token,
    normalise,
)
from knowledge.text.phrases import find_phrase

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


@pytest.fixture(scope="session")
def lexicon(shipped: KnowledgeBase) -> Lexicon:
    return shipped.lexicon


def keys(utterance: Utterance) -> list[str]:
    return [token.exact for token in utterance.tokens]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_unicode_form_does_not_matter(lexicon: Lexicon, form: Form) -> None:
    text = "Thủ tục đăng ký thường trú, hộ khẩu ở phường"
    assert normalise(unicodedata.normalize(form, text), lexicon) == normalise(text, lexicon)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hoà giải tranh chấp", "hòa giải tranh chấp"),
        ("thuỷ điện", "thủy điện"),
        ("uỷ quyền", "ủy quyền"),
        ("khoẻ", "khỏe"),
        ("đăng kí kết hôn", "đăng ký kết hôn"),
        ("lí lịch tư pháp", "lý lịch tư pháp"),
    ],
)
def test_tone_placement_and_final_i_or_y_do_not_matter(
    lexicon: Lexicon, one: str, other: str
) -> None:
    assert keys(normalise(one, lexicon)) == keys(normalise(other, lexicon))


def test_capitals_do_not_matter(lexicon: Lexicon) -> None:
    assert normalise("XIN GIẤY ĐỘC THÂN", lexicon) == normalise("xin giấy độc thân", lexicon)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("đk kết hôn", "đăng ký kết hôn"),
        ("dk tam tru", "đăng ký tam tru"),
        ("ko có hs thì sao", "không có hồ sơ thì sao"),
        ("nộp onl đc k", "nộp online được không"),
        ("vk ck em", "vợ chồng em"),
        ("hết bn tiền", "hết bao nhiêu tiền"),
        ("cần gt j", "cần giấy tờ gì"),
        ("làm ntn", "làm như thế nào"),
    ],
)
def test_chat_spelling_becomes_words(lexicon: Lexicon, typed: str, meant: str) -> None:
    assert normalise(typed, lexicon).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddawng kys khai sinh", "đăng ký khai sinh"),
        ("giaays khai sinh", "giấy khai sinh"),
        ("chuwngs thuwcj", "chứng thực"),
        ("thuowngf trus", "thường trú"),
        ("tachs hooj", "tách hộ"),
        ("keets hoon", "kết hoon"),
        ("dduowcj", "được"),
        ("quyeenr", "quyển"),
        ("DDAWNG KYS", "đăng ký"),
    ],
)
def test_raw_telex_is_decoded(lexicon: Lexicon, typed: str, meant: str) -> None:
    assert normalise(typed, lexicon).text == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("d9a8ng ky1 ke6t1 ho6n", "đăng ký kết hôn"),
        ("gia61y to72", "giấy tờ"),
        ("d9u7o7c5", "được"),
        ("thu7c5", "thực"),
    ],
)
def test_raw_vni_is_decoded(lexicon: Lexicon, typed: str, meant: str) -> None:
    assert normalise(typed, lexicon).text == meant


@pytest.mark.parametrize(
    "text",
    [
        "dang ky khai sinh",
        "lam giay to nha dat",
        "tam tru tam vang",
        "xe may cu",
        "so do dung ten vo",
        "wifi mp3 covid19 a4",
    ],
)
def test_words_as_they_stand_are_never_rewritten(lexicon: Lexicon, text: str) -> None:
    assert normalise(text, lexicon).text == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giaykhaisinh", "giay khai sinh"),
        ("giấykhaisinh", "giấy khai sinh"),
        ("lamgiaykhaisinhchocon", "lam giay khai sinh cho con"),
        ("giayxacnhandocthan", "giay xac nhan doc than"),
    ],
)
def test_glued_words_are_parted(lexicon: Lexicon, typed: str, meant: str) -> None:
    assert normalise(typed, lexicon).text == meant


@pytest.mark.parametrize("word", ["nghieng", "facebook", "xyzxyzxyz", "a" * 41, "truong"])
def test_words_that_are_not_glued_stay_whole(lexicon: Lexicon, word: str) -> None:
    assert len(normalise(word, lexicon).tokens) == 1


@pytest.mark.parametrize("text", ["", "   ", "😀🙏", "?!…", "\n\t", "\u200b\ufeff", "👨‍👩‍👧"])
def test_a_message_without_words_gives_no_words(lexicon: Lexicon, text: str) -> None:
    utterance = normalise(text, lexicon)
    assert utterance == Utterance("", (), marked=False)


def test_emoji_between_words_are_dropped(lexicon: Lexicon) -> None:
    assert normalise("giấy 👶🏻 khai sinh 🙏🙏", lexicon).text == "giấy khai sinh"


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\u200b", "\u202e", "\ufeff"])
def test_control_and_invisible_characters_part_words(lexicon: Lexicon, char: str) -> None:
    assert normalise(f"khai{char}sinh", lexicon).text == "khai sinh"
    assert char not in clean(f"khai{char}sinh")


def test_stretched_letters_shrink(lexicon: Lexicon) -> None:
    assert normalise("đẹp quááááá", lexicon).text == "đẹp quá"


def test_wide_letters_and_ligatures_are_plain(lexicon: Lexicon) -> None:
    assert normalise("ＶＮｅＩＤ ﬁle", lexicon).text == "vneid file"


def test_codes_dates_and_sums_stay_whole(lexicon: Lexicon) -> None:
    text = "mã 1.004873 ngày 25/12/2026 hết 50.000 đồng"
    assert normalise(text, lexicon).text == text


def test_breaks_stand_where_a_comma_or_full_stop_stood(lexicon: Lexicon) -> None:
    assert normalise("khai sinh, khai tử. Kết hôn?", lexicon).breaks == {2, 4}
    assert normalise("khai sinh khai tử", lexicon).breaks == frozenset()


def test_marked_tells_whether_diacritics_were_typed(lexicon: Lexicon) -> None:
    assert normalise("giấy doc than", lexicon).marked
    assert not normalise("giay doc than", lexicon).marked


def test_folded_is_the_same_with_and_without_diacritics(lexicon: Lexicon) -> None:
    text = "Tôi muốn chuyển mục đích sử dụng đất ở huyện Mường La"
    assert normalise(text, lexicon).folded == normalise(strip_diacritics(text), lexicon).folded


@pytest.mark.parametrize("piece", ["a", "giấy ", "😀", "giaykhaisinh", "\x00", "a̐́̂", "1.", "dd9"])
def test_ten_thousand_characters_are_cut_and_quick(lexicon: Lexicon, piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    start = time.perf_counter()
    utterance = normalise(text, lexicon)
    assert time.perf_counter() - start < 0.5
    assert len(clean(text)) <= MAX_CHARACTERS
    assert len(utterance.tokens) <= MAX_CHARACTERS


def test_no_string_of_random_characters_fails(lexicon: Lexicon) -> None:
    chance = random.Random(1)
    alphabet = "aăâđêôơưy 1269sfrxjwdd.,\u0301\u0323\u200b😀\ud7ff漢\x00\n-/"
    for _ in range(2_000):
        text = "".join(chance.choice(alphabet) for _ in range(chance.randrange(40)))
        utterance = normalise(text, lexicon)
        assert utterance.text == " ".join(token.word for token in utterance.tokens)


def test_normalising_twice_changes_nothing(lexicon: Lexicon) -> None:
    for text in ("đk khai sinh cho con", "giaykhaisinh", "ddawng kys", "Xin GIẤY độc thân?"):
        once = normalise(text, lexicon)
        assert normalise(once.text, lexicon).tokens == once.tokens


def test_without_a_lexicon_nothing_is_replaced_or_parted() -> None:
    assert normalise("ko giaykhaisinh", Lexicon()).text == "ko giaykhaisinh"


def test_a_phrase_is_found_across_diacritics_but_not_across_a_pause(lexicon: Lexicon) -> None:
    phrase = normalise("đăng ký lại", lexicon).tokens
    assert find_phrase(normalise("toi dang ky lai khai sinh", lexicon), phrase) == 1
    assert find_phrase(normalise("muốn đăng ký lại", lexicon), phrase) == 1
    assert find_phrase(normalise("tôi đăng ký, lại còn", lexicon), phrase) is None
    assert find_phrase(normalise("đang ký lại", lexicon), phrase) is None


def test_a_one_word_phrase_must_agree_in_its_diacritics() -> None:
    phrase = (make_token("mất"),)
    assert find_phrase(normalise("bị mất giấy", Lexicon()), phrase) == 1
    assert find_phrase(normalise("bi mat giay", Lexicon()), phrase) == 1
    assert find_phrase(normalise("rửa mặt", Lexicon()), phrase) is None
    assert find_phrase(normalise("mat giấy", Lexicon()), phrase) is None
