"""Answers in XML and JSON, and the standard's errors.

The JSON is what the standard's "Spark" convention makes of the XML: lists lose their wrapping
element, empty elements are null.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from xml.etree import ElementTree

from aiohttp import web

from bot.addresses import limit_address
from bot.errors import RequestError
from bot.keys import KNOWLEDGE
from bot.responses import json_response

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]

_ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
}
"""What a list's items are called."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Open311Error(Exception):
    """A request that can't be served; several faults are told at once.

    Attributes:
        prompts: names of the prompts that say why.

    """

    def __init__(self, status: int, *prompts: str, **values: object) -> None:
        super().__init__(*prompts)
        self.status = status
        self.prompts = prompts
        self.values = values


def answering(handler: Handler) -> Handler:
    """Wrap a handler so that whatever goes wrong is told as the standard wants it."""

    @wraps(handler)
    async def wrapped(request: web.Request) -> web.Response:
        prompts = request.app[KNOWLEDGE].state.base.prompts
        try:
            limit_address(request)
            return await handler(request)
        except Open311Error as error:
            texts = [prompts.text(name, **error.values) for name in error.prompts]
            return _errors(request, error.status, texts)
        except RequestError as error:
            answer = _errors(request, error.status, [prompts.text(error.prompt, **error.values)])
            if error.retry_after is not None:
                answer.headers["Retry-After"] = str(max(1, round(error.retry_after)))
            return answer
        except web.HTTPRequestEntityTooLarge:
            return _errors(request, 413, [prompts.text("yeu_cau_qua_lon")])
        except Exception:
            log.exception("Lỗi khi phục vụ %s", request.path)
            return _errors(request, 500, [prompts.text("he_thong_ban")])

    return wrapped


def answer(request: web.Request, root: str, data: Any, status: int = 200) -> web.Response:
    """``data`` in the format that the address, or else the Accept header, asks for."""
    if _wants_json(request):
        response = json_response(data, status=status)
    else:
        body = ElementTree.tostring(_element(root, data), "utf-8", xml_declaration=True)
        response = web.Response(body=body, status=status, content_type="text/xml", charset="utf-8")
    response.headers["Cache-Control"] = "no-store"
    if request.method in ("GET", "HEAD"):
        response.headers["Access-Control-Allow-Origin"] = "*"
    response.enable_compression()
    return response


def _errors(request: web.Request, status: int, texts: Sequence[str]) -> web.Response:
    faults = [{"code": status, "description": text} for text in texts]
    return answer(request, "errors", faults, status)


def _wants_json(request: web.Request) -> bool:
    if request.path.endswith((".json", ".xml")):
        return request.path.endswith(".json")
    return "json" in request.headers.get("Accept", "")


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, part) for key, part in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        element.extend(_element(_ITEMS[name], part) for part in value)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
    return element
