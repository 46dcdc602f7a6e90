"""The public page: only what was released, blurred, escaped, without people."""

from __future__ import annotations

import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from bot.keys import KNOWLEDGE, UPLOADS
from bot.pages import public_map
from knowledge.gazetteer import Area
from reports.model import Status
from reports.privacy import blurred
from reports.routing import route
from reports.search import Point
from tests.bot.doors import NOW, Door

pytest_plugins = ["tests.bot.door_fixtures"]

PAGE = "/phan-anh"
OFFICER = "Lò Thị Hoa"


async def page(door: Door, path: str = "", status: int = 200, /, **query: str) -> str:
    async with door.client.get(PAGE + path, params=query) as response:
        assert response.status == status
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        text = await response.text()
    assert not re.search(r"<[^>]*\s(style|on\w+)=|<script|<style|=.javascript:", text)
    return text


def codes(text: str) -> list[str]:
    """The reports in the list, in their order."""
    return re.findall(r'<h3><a href="/phan-anh/(\d{8})">', text)


def totals(text: str) -> list[str]:
    return re.findall(r"<dd>([^<]*)</dd></div>", text)[:4]


def photo(door: Door) -> str:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    return door.app[UPLOADS].keep(out.getvalue(), "web:nguoi-gui")


def private_category(door: Door) -> str:
    return next(c.code for c in door.app[KNOWLEDGE].state.base.categories if not c.public)


async def test_empty_page(door: Door) -> None:
    text = await page(door)
    assert "Chưa có phản ánh nào." in text and totals(text) == ["0", "0", "0", "–"]
    assert "<svg" not in text


async def test_only_released_reports_newest_first(door: Door) -> None:
    first = door.report(1, at=NOW - timedelta(days=2))
    hidden = door.report(2, released=False)
    never = door.report(3, category=private_category(door))
    second = door.report(4)
    text = await page(door)
    assert codes(text) == [second.code, first.code]
    assert totals(text)[0] == "2"
    for report in (hidden, never):
        assert report.code not in text
        assert "Không có phản ánh này" in await page(door, f"/{report.code}", 404)
        assert codes(await page(door, loai=report.category)).count(report.code) == 0
    door.desk.release(first.code, OFFICER, False)
    assert codes(await page(door)) == [second.code]
    await page(door, f"/{first.code}", 404)


async def test_nothing_of_people_is_shown(door: Door) -> None:
    report = door.report(description="Tôi ở đây, gọi 0912345678", photos=(photo(door),))
    base = door.app[KNOWLEDGE].state.base
    door.desk.accept(report.code, OFFICER)
    door.desk.note(report.code, OFFICER, "Ghi chú nội bộ")
    way = route(base, base.categories[0], base.gazetteer.area("phuongtohieu"), NOW)
    door.desk.forward(report.code, OFFICER, way, "Chuyển nội bộ")
    door.desk.ask(report.code, OFFICER, "Câu hỏi riêng")
    door.desk.reply(report.code, "web:nguoi-gui", "Trả lời riêng")
    door.desk.resolve(report.code, OFFICER, "Đã dọn xong.")
    door.desk.rate(report.code, "web:nguoi-gui", 4, "Lời chê riêng")
    for text in (await page(door), await page(door, f"/{report.code}")):
        assert "Tôi ở đây, gọi •••" in text
        for private in (
            "0912345678",
            OFFICER,
            "Hoa",
            "web:nguoi",
            "nội bộ",
            "hỏi riêng",
            "lời riêng",
            "chê",
        ):
            assert private not in text
        assert not re.search(r"21\.328[67]|103\.9141", text)


async def test_detail_tells_the_history_by_units(door: Door) -> None:
    report = door.report()
    door.desk.accept(report.code, OFFICER)
    door.desk.resolve(report.code, OFFICER, "Đã dọn xong.")
    door.desk.rate(report.code, "web:nguoi-gui", 5)
    text = await page(door, f"/{report.code}")
    told = [
        f"Đã nhận, giao {report.unit_name}.",
        f"{report.unit_name} đã tiếp nhận.",
        f"{report.unit_name} đã xử lý xong.",
        "Người gửi đánh giá 5 trên 5 điểm.",
    ]
    assert [text.index(line) for line in told] == sorted(text.index(line) for line in told)
    assert "Đã dọn xong." in text and "Đúng hạn" in text
    spaced = f"/{report.code[:4]} {report.code[4:]}"
    assert "Đã dọn xong." in await page(door, spaced)


async def test_what_citizens_write_is_escaped(door: Door) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }}'
    report = door.report(description=evil, address=evil)
    for text in (await page(door), await page(door, f"/{report.code}")):
        assert html.escape(evil, quote=False).split("&gt;")[1] in text.replace("&#34;", '"')
        assert "{{ 7 * 7 }}" in text
    for name in ("loai", "khu_vuc", "tinh_trang", "o", "trang"):
        assert "<script" not in await page(door, **{name: evil})


async def test_photos_are_there_only_while_released(door: Door) -> None:
    before, after, unused = photo(door), photo(door), photo(door)
    report = door.report(photos=(before,), released=False)

    async def status(upload: str) -> int:
        async with door.client.get(f"{PAGE}/anh/{upload}") as response:
            if response.status == 200:
                assert response.headers["Content-Type"] == "image/jpeg"
                assert (await response.read()).startswith(b"\xff\xd8")
            return response.status

    assert await status(before) == 404
    door.desk.release(report.code, OFFICER, True)
    door.desk.resolve(report.code, OFFICER, "Xong.", [after])
    assert [await status(upload) for upload in (before, after, unused)] == [200, 200, 404]
    text = await page(door, f"/{report.code}")
    assert text.index("Ảnh khi phản ánh") < text.index(before) < text.index("Ảnh sau khi xử lý")
    assert text.index("Ảnh sau khi xử lý") < text.index(after)
    door.desk.release(report.code, OFFICER, False)
    assert [await status(upload) for upload in (before, after)] == [404, 404]
    other = door.report(2, category=private_category(door), photos=(unused,))
    assert other.released and await status(unused) == 404


async def test_filters(door: Door) -> None:
    rubbish = door.report(1)
    road = door.report(2, category="duong_hong", area="xamuongla")
    done = door.report(3)
    door.desk.resolve(done.code, OFFICER, "Xong.")
    assert set(codes(await page(door, loai="rac_thai"))) == {rubbish.code, done.code}
    assert codes(await page(door, khu_vuc="xamuongla")) in ([road.code], [])
    assert codes(await page(door, tinh_trang="da_xong")) == [done.code]
    assert codes(await page(door, tinh_trang="moi", loai="rac_thai")) == [rubbish.code]
    assert codes(await page(door, loai="khong_co")) == []
    assert len(codes(await page(door, tinh_trang="la", o="1.2.x", trang="-7"))) == 3
    assert 'value="rac_thai" selected' in await page(door, loai="rac_thai")


async def test_counts_and_share_on_time(door: Door) -> None:
    in_time = door.report(1)
    door.desk.resolve(in_time.code, OFFICER, "Xong.")
    late = door.report(2, at=NOW - timedelta(days=60))
    door.desk.refuse(late.code, OFFICER, "Không thuộc thẩm quyền.")
    door.report(3, at=NOW - timedelta(days=60))
    fresh = door.report(4)
    text = await page(door)
    assert totals(text) == ["4", "2", "2", "33 %"]
    assert "Quá hạn" in text and "Trễ hạn" in text
    assert "Quá hạn" not in await page(door, f"/{fresh.code}")


async def test_paging_keeps_the_filter(door: Door) -> None:
    made = [door.report(n, at=NOW - timedelta(hours=n)) for n in range(45)]
    seen = []
    for number in ("1", "2", "3"):
        text = await page(door, trang=number, loai="rac_thai")
        seen += codes(text)
        assert f"Trang {number} trên 3" in text
    assert seen == [report.code for report in made]
    assert '/phan-anh?loai=rac_thai&amp;trang=2"' in text
    assert codes(await page(door, trang="99")) == []


async def test_merged_reports_lead_to_the_main_one_if_it_is_public(door: Door) -> None:
    main, other = door.report(1), door.report(2)
    merged = door.desk.merge(other.code, main.code, OFFICER)
    assert merged.status is Status.MERGED
    link = f'href="/phan-anh/{main.code}"'
    assert link in await page(door, f"/{other.code}")
    door.desk.release(main.code, OFFICER, False)
    assert link not in await page(door, f"/{other.code}")


# The map


async def test_map_shows_blurred_places_with_links(door: Door) -> None:
    near = door.report(1)
    far = door.report(2, lat=21.45, lon=104.1)
    door.report(3, released=False, lat=21.6, lon=104.3)
    text = await page(door)
    assert text.count("<circle") == 2
    for report in (near, far):
        assert re.search(rf'<a href="/phan-anh/{report.code}" aria-label="[^"]+">', text)
    exact, moved = door.report(4, lat=21.45 + 0.0002, lon=104.1), far
    assert blurred(exact.lat or 0, exact.lon or 0) == blurred(moved.lat or 0, moved.lon or 0)


async def test_reports_in_one_place_become_a_number_that_leads_to_them(door: Door) -> None:
    together = {door.report(n).code for n in range(3)}
    far = door.report(9, lat=21.45, lon=104.1)
    text = await page(door)
    link = re.search(r'<a href="(/phan-anh\?o=[^"]+)"[^>]*><title>3 phản ánh', text)
    assert link
    async with door.client.get(html.unescape(link[1])) as response:
        assert set(codes(await response.text())) == together
    assert far.code not in together


async def test_no_question_tells_a_position_more_finely_than_the_grid(door: Door) -> None:
    lat, lon = 21.32871, 103.91413
    report = door.report(lat=lat, lon=lon)
    cell = blurred(lat, lon)
    here = f"{cell.row}.{cell.column}.{cell.row}.{cell.column}"
    assert codes(await page(door, o=here)) == [report.code]
    assert codes(await page(door, o=f"{lat},{lon},{lat},{lon}")) == [report.code]  # no cells: all
    beside = f"{cell.row + 1}.{cell.column}.{cell.row + 1}.{cell.column}"
    assert codes(await page(door, o=beside)) == []


def points(*places: tuple[float, float]) -> list[Point]:
    return [Point(str(n), "x", Status.NEW, blurred(*place)) for n, place in enumerate(places)]


def test_drawing_stays_in_its_frame_and_is_true_to_scale() -> None:
    areas = [Area("a", "Phường A", 21.33, 103.91), Area("b", "Xã B", 21.60, 104.20)]
    drawing = public_map.draw(points((21.33, 103.91), (21.60, 104.20), (21.4, 104.0)), areas)
    assert drawing is not None and len(drawing.dots) == 3
    for dot in drawing.dots:
        assert 20 < dot.x < public_map.WIDTH - 20 and 20 < dot.y < public_map.HEIGHT - 20
    north, south = drawing.dots[0], drawing.dots[-1]
    pixels = ((north.x - south.x) ** 2 + (north.y - south.y) ** 2) ** 0.5
    metres = pixels * drawing.scale_metres / drawing.scale_pixels
    assert metres == pytest.approx(42_500, rel=0.02)


def test_circles_do_not_cover_each_other() -> None:
    places = [(21.0 + n % 37 * 0.011, 103.9 + n % 53 * 0.007) for n in range(400)]
    drawing = public_map.draw(points(*places), [])
    assert drawing is not None and sum(len(dot.points) for dot in drawing.dots) == 400
    for dot in drawing.dots:
        for other in drawing.dots:
            if dot is not other:
                distance = ((dot.x - other.x) ** 2 + (dot.y - other.y) ** 2) ** 0.5
                assert distance >= dot.radius + other.radius - 0.01


@pytest.mark.parametrize("places", [[], [(0.0, 0.0)], [(89.9, 179.9), (-89.9, -179.9)]])
def test_positions_far_off_are_left_out(places: list[Any]) -> None:
    assert public_map.draw(points(*places), [Area("a", "A", 21.33, 103.91)]) is None


def test_cells_in_an_address() -> None:
    for text in (
        "",
        "1.2.3",
        "1.2.3.x",
        "1.2.3.4.5",
        "1.2.3.999999999",
        "--1.2.3.4",
        "1.2..4",
        "²",
    ):
        assert public_map.read(text) is None
    cells = public_map.read("42657.207828.-5.7")
    assert cells is not None and public_map.written(cells) == "42657.207828.-5.7"
