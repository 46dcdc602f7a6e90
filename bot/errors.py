"""Errors as the outside sees them: a status and one clear sentence in Vietnamese."""

from __future__ import annotations

import logging
import math

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.keys import KNOWLEDGE
from bot.responses import json_response
from dialogue.errors import DialogueError

log = logging.getLogger(__name__)


class RequestError(Exception):
    """A request that can't be served.

    Attributes:
        status: HTTP status.
        prompt: name of the prompt that says why.
        values: what fills the prompt.
        retry_after: seconds after which trying again may help.

    """

    def __init__(
        self, status: int, prompt: str, *, retry_after: float | None = None, **values: object
    ) -> None:
        super().__init__(prompt)
        self.status = status
        self.prompt = prompt
        self.values = values
        self.retry_after = retry_after


def error_response(request: web.Request, error: RequestError) -> web.Response:
    """The JSON answer to a request that can't be served."""
    prompts = request.app[KNOWLEDGE].state.base.prompts
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    message = prompts.text(error.prompt, **error.values)
    body = {"error": {"code": error.prompt, "message": message}}
    return json_response(body, status=error.status, headers=headers)


@web.middleware
async def errors_in_vietnamese(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn everything that goes wrong into a proper answer; nothing of our inside leaks."""
    try:
        return await handler(request)
    except RequestError as error:
        return error_response(request, error)
    except DialogueError as error:
        log.warning("Hội thoại không trả lời: %s", type(error).__name__)
        return error_response(request, RequestError(503, "he_thong_ban", retry_after=2))
    except web.HTTPRequestEntityTooLarge:
        return error_response(request, RequestError(413, "yeu_cau_qua_lon"))
    except web.HTTPNotFound:
        return error_response(request, RequestError(404, "khong_tim_thay"))
    except web.HTTPMethodNotAllowed as error:
        answer = error_response(request, RequestError(405, "khong_tim_thay"))
        answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return answer
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return error_response(request, RequestError(404, "khong_tim_thay"))
    except Exception:
        log.exception("Lỗi khi phục vụ %s", request.path)
        return error_response(request, RequestError(500, "he_thong_ban"))
