"""Open311 GeoReport v2 (https://wiki.open311.org/GeoReport_v2) under ``/open311/v2``.

One jurisdiction, so ``jurisdiction_id`` is passed over, as the standard allows. Without a key only
released reports are there, as on the public page.
"""

from __future__ import annotations

from aiohttp import web

from bot.keys import ENGINE, SETTINGS
from bot.open311 import queries, services, submission
from bot.open311.answers import Open311Error, answering
from bot.open311.shared import API_KEYS, SEARCH
from reports.search import ReportSearch
from store.api_keys import ApiKeys

ROOT = "/open311/v2"
FORMAT = r"{format:(?:\.(?:xml|json))?}"


def add_open311(application: web.Application) -> None:
    """Add the Open311 door to the gateway."""
    settings, engine = application[SETTINGS], application[ENGINE]
    application[API_KEYS] = ApiKeys(engine, settings.open311_keys)
    application[SEARCH] = ReportSearch(engine)
    router = application.router
    router.add_get(f"{ROOT}/services{FORMAT}", answering(services.get_services))
    router.add_get(f"{ROOT}/services/{{code:[^/]+?}}{FORMAT}", answering(services.get_definition))
    router.add_get(f"{ROOT}/requests{FORMAT}", answering(queries.get_requests))
    router.add_post(f"{ROOT}/requests{FORMAT}", answering(submission.post_request))
    router.add_get(f"{ROOT}/requests/{{code:[^/]+?}}{FORMAT}", answering(queries.get_request))
    router.add_get(f"{ROOT}/tokens/{{token:[^/]+?}}{FORMAT}", answering(queries.get_token))
    router.add_route("*", f"{ROOT}{{rest:(?:/.*)?}}", answering(_nothing_here))


async def _nothing_here(_request: web.Request) -> web.Response:
    raise Open311Error(404, "open311_khong_co_trang")
