"""Photos of reports, for those who may see the report."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.engine import Engine

from bot.console.errors import PageError
from bot.console.guard import officer_of
from bot.keys import ENGINE, UPLOADS
from reports.desk import to_report
from reports.model import Report
from reports.tables import report_photos, reports


async def photo(request: web.Request) -> web.Response:
    """A photo as JPEG."""
    officer, photo_id = officer_of(request), request.match_info["id"]
    report = await asyncio.to_thread(_report_of, request.app[ENGINE], photo_id)
    uploads = request.config_dict.get(UPLOADS)
    if report is None or uploads is None:
        raise PageError(404, "loi_khong_co_anh")
    if not officer.may_see(report):
        raise PageError(403, "loi_don_vi_khac")
    content = await asyncio.to_thread(uploads.open, photo_id)
    if content is None:
        raise PageError(404, "loi_khong_co_anh")
    return web.Response(
        body=content, content_type="image/jpeg", headers={"Cache-Control": "no-store"}
    )


def _report_of(engine: Engine, photo_id: str) -> Report | None:
    query = (
        select(reports)
        .join(report_photos, report_photos.c.report == reports.c.id)
        .where(report_photos.c.id == photo_id)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return to_report(row) if row else None
