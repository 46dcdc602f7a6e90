from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.base import KnowledgeBase
from knowledge.faults import Fault, KnowledgeError
from knowledge.loader import load_knowledge
from tests.knowledge.conftest import Edit
from tests.knowledge.entries import NEW_CODE, NEW_ENTRY, add_entry

SINGLE = "thu_tuc/*/1.004873-*.yml"
SINGLE_FILE = "thu_tuc/ho_tich/1.004873-xac-nhan-tinh-trang-hon-nhan.yml"


def faults_of(root: Path) -> tuple[Fault, ...]:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(root)
    return caught.value.faults


def line_of(root: Path, file: str, start: str) -> int:
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, start=1) if line.strip().startswith(start))


def test_the_shipped_knowledge_loads(shipped: KnowledgeBase) -> None:
    assert len(shipped.procedures) >= 70
    assert all(code == entry.code for code, entry in shipped.procedures.items())
    assert shipped.locality.name == "Tỉnh Sơn La"
    assert {number.number for number in shipped.phone_numbers} >= {"113", "114", "115"}


def test_a_copy_is_the_same_knowledge(knowledge_copy: Path) -> None:
    copy, shipped = load_knowledge(knowledge_copy), load_knowledge()
    assert copy.procedures == shipped.procedures
    assert copy.prompts == shipped.prompts
    assert copy.families == shipped.families


def test_the_checksum_follows_every_byte_of_every_file(small_copy: Path, edit: Edit) -> None:
    before = load_knowledge(small_copy).checksum
    assert load_knowledge(small_copy).checksum == before
    edit("tu_vung/tu_dem.yml", "tu_dem:", "# thêm\ntu_dem:")
    assert load_knowledge(small_copy).checksum != before


@pytest.mark.parametrize(
    ("old", "new", "start", "message"),
    [
        ("thoi_han:", "thoi_hann:", "thoi_hann", "Không có khoá «thoi_hann»: có phải «thoi_han»"),
        ("  ban_chinh: 1", "  ban_chin: 1", "ban_chin:", "có phải «ban_chinh» không?"),
        ("  mien:", "  mienn:", "mienn", "có phải «mien» không?"),
        ("doi_tuong:", "zzz:", "zzz", "Không có khoá «zzz»: hãy xoá"),
        ("ma: ", "# ma: ", "", "Thiếu khoá «ma»: hãy thêm"),
        ("tom_tat:", "# tom_tat:", "", "Thiếu khoá «tom_tat»"),
        ('ma: "1.004873"', 'ma: "1.0487"', "ma:", 'mã thủ tục viết "1.004873"'),
        ("  don_vi: ngày", "  don_vi: hôm", "don_vi", "«don_vi» phải là một trong: ngày làm việc"),
        ("  so: 3", "  so: ba", "so: ba", "«so» phải là một số nguyên, ví dụ 3; đang là «ba»"),
        ("  so: 3", "  so: -3", "so: -3", "«so» phải là một số từ 0 đến 999"),
        ("  buu_chinh: có", "  buu_chinh: hình như", "buu_chinh", "phải là «có» hoặc «không»"),
        ("  truc_tuyen: có", "  truc_tuyen: rồi", "truc_tuyen", "toàn trình, một phần, có, không"),
        ("kiem_tra_ngay: 2026-07-17", "kiem_tra_ngay: 17/7/2026", "kiem_tra", "2026-07-17 (năm-"),
        ("kiem_tra_ngay: 2026-07-17", "kiem_tra_ngay: 2026-02-30", "kiem_tra", "không phải ngày"),
        ("  link: https://", "  link: ", "link", "bắt đầu bằng https://"),
        ("mat: giay_to}", "mat: giay_gi}", "- {hoi", "«mat» không hợp lệ: dùng giay_to, le_phi"),
        ("  co_quan: Trung", "  co_quan:\n  ghi_chu: Trung", "co_quan", "hai lần"),
        ("tom_tat: Giấy", "tom_tat:\nchua_biet: Giấy", "tom_tat", "«tom_tat» để trống"),
        ("le_phi:\n", "le_phi: không mất tiền\nx:\n", "le_phi", "«le_phi» sai kiểu"),
        ("cac_buoc:\n", "cac_buoc:\n  - a\n  - b\n  - c\n", "cac_buoc", "tối đa 7"),
    ],
)
def test_a_fault_is_told_at_its_line_with_what_to_write(
    small_copy: Path, edit: Edit, old: str, new: str, start: str, message: str
) -> None:
    edit(SINGLE, old, new)
    faults = [fault for fault in faults_of(small_copy) if fault.file == SINGLE_FILE]
    found = next((fault for fault in faults if message in fault.message), None)
    assert found is not None, faults
    if start and message != "hai lần":
        assert found.line == line_of(small_copy, SINGLE_FILE, start)


def test_keys_may_have_accents_spaces_and_capitals(
    small_copy: Path, edit: Edit, shipped: KnowledgeBase
) -> None:
    edit(SINGLE, "thoi_han:", "Thời hạn:")
    edit(SINGLE, "doi_tuong:", "đối-tượng:")
    entry = load_knowledge(small_copy).procedures["1.004873"]
    assert entry == shipped.procedures["1.004873"]


@pytest.mark.parametrize(
    "key", ["doi_tuong", "giay_to", "dieu_kien", "ket_qua", "can_cu", "cau_hoi"]
)
def test_an_optional_field_may_stay_empty(small_copy: Path, key: str) -> None:
    add_entry(small_copy, f"{NEW_ENTRY}{key}:\n")
    assert NEW_CODE in load_knowledge(small_copy).procedures


def test_one_text_where_a_list_belongs_is_a_list_of_one(small_copy: Path) -> None:
    add_entry(small_copy, f"{NEW_ENTRY}ket_qua: Giấy phép nuôi voi\n")
    entry = load_knowledge(small_copy).procedures[NEW_CODE]
    assert entry.results == ("Giấy phép nuôi voi",)


def test_a_code_in_two_files_is_told_with_both(small_copy: Path) -> None:
    add_entry(small_copy, NEW_ENTRY.replace(NEW_CODE, "1.004873"), "9.trung.yml")
    (fault,) = faults_of(small_copy)
    assert (fault.file, fault.line) == ("thu_tuc/lam_nghiep/9.trung.yml", 1)
    assert "1.004873 đã có ở " + SINGLE_FILE in fault.message


def test_a_family_with_an_unknown_code(small_copy: Path, edit: Edit) -> None:
    edit("nhom/ket_hon.yml", '- ma: "2.000806"', '- ma: "2.999999"')
    (fault,) = faults_of(small_copy)
    line = line_of(small_copy, "nhom/ket_hon.yml", '- ma: "2.999999"')
    assert str(fault) == f"nhom/ket_hon.yml:{line}: Không có thủ tục mã 2.999999."


def test_a_family_whose_default_is_no_variant(small_copy: Path, edit: Edit) -> None:
    edit("nhom/ket_hon.yml", 'mac_dinh: "1.000894"', 'mac_dinh: "1.004873"')
    (fault,) = faults_of(small_copy)
    assert fault.line == line_of(small_copy, "nhom/ket_hon.yml", "mac_dinh")
    assert "phải là một trong các «truong_hop»" in fault.message


def test_a_family_needs_two_variants(small_copy: Path) -> None:
    text = 'ten: A\nhoi: B?\ntruong_hop:\n  - {ma: "1.004873", nhan: C}\n'
    (small_copy / "nhom" / "moi.yml").write_text(text, encoding="utf-8")
    (fault,) = faults_of(small_copy)
    assert (fault.file, fault.line) == ("nhom/moi.yml", 3)


@pytest.mark.parametrize("text", ["", "\n\n", "# chưa viết gì\n"])
def test_an_empty_file_is_told(small_copy: Path, text: str) -> None:
    add_entry(small_copy, text)
    (fault,) = faults_of(small_copy)
    assert str(fault) == "thu_tuc/lam_nghiep/9.000001-nuoi-voi.yml:1: Tệp trống."


@pytest.mark.parametrize("text", ["- a\n- b\n", "chỉ một câu\n"])
def test_a_file_that_is_no_mapping_is_told(small_copy: Path, text: str) -> None:
    add_entry(small_copy, text)
    (fault,) = faults_of(small_copy)
    assert "«khoá: giá trị»" in fault.message


def test_a_file_that_is_not_utf_8(small_copy: Path) -> None:
    path = add_entry(small_copy)
    path.write_bytes(NEW_ENTRY.replace("ý", "y").encode("utf-16"))
    (fault,) = faults_of(small_copy)
    assert "UTF-8" in fault.message


def test_all_faults_of_all_files_are_told_at_once(small_copy: Path, edit: Edit) -> None:
    edit(SINGLE, "thoi_han:", "thoi_hann:")
    edit(SINGLE, "  truc_tuyen: có", "  truc_tuyen: rồi")
    edit("thu_tuc/*/1.000894-*.yml", "ma: ", "\tma: ")
    edit("nhom/can_cuoc.yml", "hoi:", "hoii:")
    edit("dia_phuong/son_la/dia_phuong.yml", "ngay: 2026-09-02", "ngay: 2026-09-32")
    edit("dia_phuong/son_la/co_quan.yml", '{so: "113"', "{so: một một ba")
    edit("loi_noi/tra_loi.yml", "  viet: ", "  viett: ")
    edit("tu_vung/viet_tat.yml", "  - không = ", "  - không ")
    add_entry(small_copy, "")
    faults = faults_of(small_copy)
    assert {fault.file for fault in faults} >= {
        SINGLE_FILE,
        "thu_tuc/ho_tich/1.000894-dang-ky-ket-hon.yml",
        "nhom/can_cuoc.yml",
        "dia_phuong/son_la/dia_phuong.yml",
        "dia_phuong/son_la/co_quan.yml",
        "loi_noi/tra_loi.yml",
        "tu_vung/viet_tat.yml",
        "thu_tuc/lam_nghiep/9.000001-nuoi-voi.yml",
    }
    assert sum(fault.file == SINGLE_FILE for fault in faults) == 2
    assert list(faults) == sorted(set(faults))


def test_a_folder_without_entries_is_told(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path)
    assert "Chưa có thủ tục nào" in fault.message


def test_files_of_a_locality_may_be_missing(small_copy: Path) -> None:
    for name in ("dia_phuong", "co_quan", "le_phi"):
        (small_copy / "dia_phuong" / "son_la" / f"{name}.yml").unlink(missing_ok=True)
    base = load_knowledge(small_copy)
    assert base.locality.name == "son_la"
    assert not base.locality.hours
    assert not base.offices


def test_a_place_in_a_prompt_that_nothing_fills_is_told(small_copy: Path, edit: Edit) -> None:
    edit("loi_noi/tra_loi.yml", "Thời hạn giải quyết {ten}: {so}", "Thời hạn {ten_gi}: {so}")
    (fault,) = faults_of(small_copy)
    assert fault.line == line_of(small_copy, "loi_noi/tra_loi.yml", "thoi_han:")
    assert "{ten_gi}" in fault.message
    assert "{don_vi}, {so}, {ten}" in fault.message


def test_a_prompt_that_staff_did_not_word_is_said_as_shipped(
    small_copy: Path, shipped: KnowledgeBase
) -> None:
    (small_copy / "loi_noi" / "tra_loi.yml").unlink()
    said = load_knowledge(small_copy).prompts.by_name
    assert said["thoi_han"] == shipped.prompts.by_name["thoi_han"]
    assert set(said) >= set(shipped.prompts.by_name)


def test_no_prompt_is_worded_in_two_files(small_copy: Path) -> None:
    from knowledge.yaml_reader import read_yaml, yaml_files

    names = [
        name
        for path in yaml_files(small_copy / "loi_noi")
        for name in read_yaml(path, small_copy).data
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("day", ["Thứ 2", "thu hai", "THỨ HAI"])
def test_a_weekday_may_be_written_in_several_ways(small_copy: Path, edit: Edit, day: str) -> None:
    edit("dia_phuong/son_la/dia_phuong.yml", "[thứ hai,", f"[{day},")
    assert load_knowledge(small_copy).locality.hours[0].days[0] == "thứ hai"


def test_a_weekday_that_does_not_exist_is_told(small_copy: Path, edit: Edit) -> None:
    edit("dia_phuong/son_la/dia_phuong.yml", "[thứ hai,", "[thứ tám,")
    (fault,) = faults_of(small_copy)
    assert "phải là một trong: thứ hai, thứ ba" in fault.message
