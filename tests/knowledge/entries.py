"""Entries that tests write, and where they put them."""

from __future__ import annotations

from pathlib import Path

NEW_CODE = "9.000001"
NEW_ENTRY = f"""\
ma: "{NEW_CODE}"
ten: Xin phép nuôi voi nhà
ten_chinh_thuc: Thủ tục cấp phép nuôi voi nhà
linh_vuc: Lâm nghiệp
tom_tat: Để được nuôi voi ở nhà.
ten_goi_khac: [giấy nuôi voi, nuôi voi ở bản]
noi_nop: {{co_quan: Ủy ban nhân dân xã}}
nguon: {{link: "https://example.vn/voi", kiem_tra_ngay: 2026-07-17}}
"""


def add_entry(root: Path, text: str = NEW_ENTRY, name: str = "9.000001-nuoi-voi.yml") -> Path:
    """Put an entry into a knowledge folder."""
    folder = root / "thu_tuc" / "lam_nghiep"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
