"""``GET services`` and ``GET services/{code}``: the categories of field reports."""

from __future__ import annotations

from aiohttp import web

from bot.keys import KNOWLEDGE
from bot.open311.answers import Open311Error, answer
from knowledge.field_reports import Category


async def get_services(request: web.Request) -> web.Response:
    """What can be reported."""
    categories = request.app[KNOWLEDGE].state.base.categories
    return answer(request, "services", [_service(category) for category in categories])


async def get_definition(request: web.Request) -> web.Response:
    """A category's further questions: there are none (``metadata`` is false)."""
    category = request.app[KNOWLEDGE].state.base.category(request.match_info["code"])
    if category is None:
        raise Open311Error(404, "open311_khong_co_loai")
    definition = {"service_code": category.code, "attributes": list[object]()}
    return answer(request, "service_definition", definition)


def _service(category: Category) -> dict[str, object]:
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": category.description,
        "metadata": False,
        "type": "realtime",
        "keywords": ", ".join(category.cues),
        "group": category.group,
    }
