"""Export: the inbox' reports as a table for spreadsheets."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.console.deadlines import standing
from bot.console.guard import officer_of
from bot.console.inbox import units_to_search, utc_now
from bot.console.query import Query, find, mark
from bot.console.rendering import base_of, fill, texts
from bot.keys import ENGINE, SETTINGS
from reports.codes import grouped
from reports.model import Report

BATCH = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = (
    "ma", "trang_thai", "han", "loai", "noi_dung", "dia_diem", "khu_vuc", "don_vi", "kenh",
    "dien_thoai", "nhan_luc", "han_luc", "xong_luc", "so_nguoi", "diem", "tra_loi",
)  # fmt: skip


async def csv_file(request: web.Request) -> web.StreamResponse:
    """All reports that the inbox' filters let through, as CSV that spreadsheets open as UTF-8."""
    officer = officer_of(request)
    base, engine = base_of(request), request.app[ENGINE]
    query, now = Query.of(request.query), utc_now()
    units = units_to_search(base, officer, query)
    zone = ZoneInfo(request.app[SETTINGS].timezone)
    words = texts(base.prompts)
    names = {category.code: category.name for category in base.categories}

    def row(report: Report) -> list[str]:
        stands = standing(report, now, base.deadlines.warn_percent)
        return [
            grouped(report.code),
            words[f"trang_thai_{report.status}"],
            fill(words[stands.text], so=stands.number),
            names.get(report.category, report.category),
            report.description,
            report.address,
            report.area_name or "",
            report.unit_name,
            words.get(f"kenh_{report.channel}", report.channel),
            report.phone or "",
            _local(report.received_at, zone),
            _local(report.due_at, zone),
            _local(report.closed_at, zone),
            str(report.voices),
            str(report.rating or ""),
            report.answer or "",
        ]

    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="phan-anh-{now:%Y%m%d}.csv"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    header = csv_lines([[words[f"cot_{column}"] for column in COLUMNS]])
    await response.write(b"\xef\xbb\xbf" + header)
    after = ""
    while True:
        found = await asyncio.to_thread(find, engine, query, units, now, BATCH, after)
        await response.write(csv_lines([row(report) for report in found]))
        if len(found) < BATCH:
            return response
        after = mark(query, found[-1])


def csv_lines(rows: list[list[str]]) -> bytes:
    """Rows as CSV; no cell can be taken for a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
    return out.getvalue().encode()


def safe_cell(cell: str) -> str:
    """A cell that no spreadsheet calculates."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(zone):%d/%m/%Y %H:%M}" if at else ""
