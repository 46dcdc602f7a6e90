"""What can go wrong in the console, as pages in Vietnamese."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.console.rendering import render

log = logging.getLogger(__name__)


class PageError(Exception):
    """A page that can't be shown.

    Attributes:
        status: HTTP status.
        text: name of the console's text that says why.

    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@web.middleware
async def errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn everything that goes wrong into a page; nothing of our inside leaks."""
    try:
        return await handler(request)
    except PageError as error:
        return _page(request, error.status, error.text)
    except web.HTTPRequestEntityTooLarge:
        return _page(request, 413, "loi_qua_lon")
    except web.HTTPMethodNotAllowed as error:
        page = _page(request, 405, "loi_khong_co_trang")
        page.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return page
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _page(request, 404, "loi_khong_co_trang")
    except Exception:
        log.exception("Lỗi khi phục vụ %s", request.path)
        return _page(request, 500, "loi_he_thong")


def _page(request: web.Request, status: int, text: str) -> web.Response:
    return render(request, "error.html", status=status, reason=text)
