"""Citizens' own sentences, none of them staff's cues, and the category each is about."""

from __future__ import annotations

import pytest

from knowledge.base import KnowledgeBase
from knowledge.linking.categories import CategoryFinder, CategoryGuess
from knowledge.text.folding import fold
from knowledge.text.normalise import normalise

SENTENCES: tuple[tuple[str, str], ...] = (
    ("đường liên bản chỗ ngã ba có cái hố to đùng, tối qua hai người ngã xe", "duong_hong"),
    ("mặt đường Chu Văn Thịnh nứt toác, ổ gà khắp nơi", "duong_hong"),
    ("nắp cống trước cổng trường bị mất, trẻ con dễ thụt chân", "duong_hong"),
    ("taluy sạt xuống nửa đường lên xã Chiềng Cọ", "duong_hong"),
    ("cầu treo gãy mấy tấm ván, đi qua sợ lắm", "duong_hong"),
    ("đèn xanh đèn đỏ ngã tư Tô Hiệu không chạy hai hôm nay", "den_tin_hieu"),
    ("biển báo cấm rẽ bị cây che khuất không ai thấy", "den_tin_hieu"),
    ("gương cầu lồi chỗ khúc cua vỡ tan", "den_tin_hieu"),
    ("mấy ô tô đỗ kín ngõ 308 không ai ra vào được", "lan_chiem"),
    ("quán bia kê bàn ghế ra hết vỉa hè", "lan_chiem"),
    ("người ta họp chợ cóc dưới lòng đường mỗi sáng", "lan_chiem"),
    ("nhà đối diện để cát sỏi chắn cả lối đi", "lan_chiem"),
    ("rác đầu ngõ bốn ngày nay không ai dọn", "rac_thai"),
    ("có xe tải đổ trộm phế thải ở bờ suối", "rac_thai"),
    ("bãi rác tự phát sau chợ hôi không chịu nổi", "rac_thai"),
    ("lợn chết vứt ở mương bốc mùi", "rac_thai"),
    ("xưởng sắn xả nước thải đen ngòm ra suối", "o_nhiem"),
    ("hàng xóm đốt rác nhựa khói khét lẹt", "o_nhiem"),
    ("bụi từ công trường bay mù mịt vào nhà dân", "o_nhiem"),
    ("trại lợn bốc mùi hôi thối cả bản", "o_nhiem"),
    ("hễ mưa là đường Lò Văn Giá ngập đến đầu gối", "ngap_nuoc"),
    ("cống tắc nước trào lên sân nhà tôi", "ngap_nuoc"),
    ("rãnh thoát nước bị bịt, nước tràn vào bếp", "ngap_nuoc"),
    ("đèn đường đoạn nghĩa trang tắt cả tháng nay", "chieu_sang"),
    ("ngõ nhà tôi tối om không có bóng đèn nào sáng", "chieu_sang"),
    ("cột đèn chiếu sáng nghiêng sắp đổ", "chieu_sang"),
    ("mất nước sinh hoạt năm ngày rồi", "cap_nuoc"),
    ("nước máy đục ngầu như nước gạo", "cap_nuoc"),
    ("ống nước vỡ chảy tràn ra đường", "cap_nuoc"),
    ("dây điện đứt rơi xuống đường", "dien"),
    ("cột điện trước nhà văn hoá nghiêng hẳn", "dien"),
    ("cáp viễn thông thõng xuống ngang đầu người", "dien"),
    ("cây phượng trước trường sắp đổ", "cay_xanh"),
    ("cành cây khô gãy rơi xuống sân chơi", "cay_xanh"),
    ("nhà bên hát karaoke đến một giờ sáng", "tieng_on"),
    ("loa kẹo kéo mở ầm ĩ cả đêm không ai ngủ được", "tieng_on"),
    ("xưởng mộc cưa gỗ ồn suốt đêm", "tieng_on"),
    ("nhà ông Hùng xây nhà không phép trên đất ruộng", "xay_dung_trai_phep"),
    ("họ xây tường lấn đất công của bản", "xay_dung_trai_phep"),
    ("chó thả rông không rọ mõm đuổi trẻ con", "vat_nuoi"),
    ("trâu bò thả rông đầy đường quốc lộ", "vat_nuoi"),
    ("thanh niên tụ tập nẹt pô đua xe tối thứ bảy", "an_ninh"),
    ("quán nước đầu bản là tụ điểm đánh bạc", "an_ninh"),
    ("xóm tôi hay mất trộm gà", "an_ninh"),
    ("quán phở gần bến xe dùng thịt ôi thiu", "an_toan_thuc_pham"),
    ("cả nhà ăn bánh mì xong bị ngộ độc", "an_toan_thuc_pham"),
    ("cán bộ một cửa gây khó dễ, bắt tôi đi lại bốn lần", "thai_do"),
    ("hồ sơ của tôi trễ hẹn ba tuần không ai giải thích", "thai_do"),
    ("cán bộ địa chính vòi vĩnh tiền bồi dưỡng", "thai_do"),
)
RIGHT, SURE = 0.9, 0.8


@pytest.fixture(scope="module")
def finder(shipped: KnowledgeBase) -> CategoryFinder:
    return CategoryFinder(shipped)


def find(finder: CategoryFinder, base: KnowledgeBase, text: str) -> list[CategoryGuess]:
    return finder.find(normalise(text, base.lexicon))


def test_the_sentences_are_many_and_of_all_kinds(shipped: KnowledgeBase) -> None:
    assert len(SENTENCES) >= 40
    assert {code for _, code in SENTENCES} == {c.code for c in shipped.categories} - {"khac"}


@pytest.mark.parametrize("plain", [False, True], ids=["accented", "without diacritics"])
def test_sentences_are_put_into_their_category(
    finder: CategoryFinder, shipped: KnowledgeBase, plain: bool
) -> None:
    wrong, wrong_but_sure, unsure = [], [], []
    for text, code in SENTENCES:
        guesses = find(finder, shipped, fold(text) if plain else text)
        if not guesses or guesses[0].category.code != code:
            wrong.append(text)
            if guesses and guesses[0].sure:
                wrong_but_sure.append(text)
        elif not guesses[0].sure:
            unsure.append(text)
    total = len(SENTENCES)
    assert total - len(wrong) >= RIGHT * total, wrong
    assert total - len(wrong) - len(unsure) >= SURE * total, unsure
    assert len(wrong_but_sure) <= 0.05 * total, wrong_but_sure


def test_the_right_category_is_among_those_offered(
    finder: CategoryFinder, shipped: KnowledgeBase
) -> None:
    missing = [
        text
        for text, code in SENTENCES
        if code not in {guess.category.code for guess in find(finder, shipped, text)}
    ]
    assert not missing


@pytest.mark.parametrize(
    "text", ["", "tôi muốn phản ánh", "8 giờ sáng mai", "khó chịu lắm", "asdf qwer"]
)
def test_words_without_trouble_make_nobody_sure(
    finder: CategoryFinder, shipped: KnowledgeBase, text: str
) -> None:
    assert not any(guess.sure for guess in find(finder, shipped, text))


@pytest.mark.parametrize("plain", [False, True])
def test_every_cue_finds_its_own_category(
    finder: CategoryFinder, shipped: KnowledgeBase, plain: bool
) -> None:
    wrong = [
        (cue, category.code)
        for category in shipped.categories
        for cue in category.cues
        if (guesses := find(finder, shipped, fold(cue) if plain else cue))
        and guesses[0].category.code != category.code
    ]
    assert not wrong
