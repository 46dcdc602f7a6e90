"""The rate limiter and the address it counts."""

from __future__ import annotations

from aiohttp.test_utils import make_mocked_request

from bot import limits
from bot.api import client_address
from bot.keys import SETTINGS
from bot.limits import RateLimiter
from store.settings import Settings


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_grants_the_burst_then_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(2.0, 5, clock)
    assert [limiter.wait("a") for _ in range(5)] == [0.0] * 5
    assert limiter.wait("a") == 0.5
    clock.now += 0.5
    assert limiter.wait("a") == 0.0
    assert limiter.wait("a") == 0.5


def test_a_refusal_costs_nothing() -> None:
    clock = Clock()
    limiter = RateLimiter(1.0, 1, clock)
    assert limiter.wait("a") == 0.0
    waits = [limiter.wait("a") for _ in range(50)]
    assert set(waits) == {1.0}
    clock.now += 1.0
    assert limiter.wait("a") == 0.0


def test_waiting_as_told_is_enough() -> None:
    clock = Clock()
    limiter = RateLimiter(3.0, 1, clock)
    limiter.wait("a")
    for _ in range(20):
        clock.now += limiter.wait("a") + 1e-9
        assert limiter.wait("a") == 0.0


def test_keys_are_apart() -> None:
    limiter = RateLimiter(1.0, 1, Clock())
    assert limiter.wait("a") == 0.0
    assert limiter.wait("b") == 0.0
    assert limiter.wait("a") > 0


def test_a_long_silence_gives_no_more_than_the_burst() -> None:
    clock = Clock()
    limiter = RateLimiter(10.0, 3, clock)
    limiter.wait("a")
    clock.now += 3600
    assert sum(limiter.wait("a") == 0.0 for _ in range(10)) == 3


def test_remembers_a_bounded_number_of_keys(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 10)
    limiter = RateLimiter(0.001, 1, Clock())
    for i in range(10):
        assert limiter.wait(str(i)) == 0.0
    assert limiter.wait("0") > 0  # heard from again: now the last to be forgotten
    assert limiter.wait("new") == 0.0
    assert limiter.wait("0") > 0
    assert limiter.wait("1") == 0.0  # was forgotten
    assert len(limiter._buckets) == 10


def _address(headers: dict[str, str], *, trusted_proxy: bool) -> str:
    from aiohttp import web

    application = web.Application()
    application[SETTINGS] = Settings(trusted_proxy=trusted_proxy)
    request = make_mocked_request("GET", "/", headers=headers, app=application)
    return client_address(request.clone(remote="192.0.2.1"))


def test_a_forwarded_address_counts_only_where_a_proxy_is_configured() -> None:
    forged = {"X-Forwarded-For": "203.0.113.9"}
    assert _address(forged, trusted_proxy=False) == "192.0.2.1"
    assert _address(forged, trusted_proxy=True) == "203.0.113.9"


def test_of_several_forwarded_addresses_the_proxys_own_word_counts() -> None:
    headers = {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}
    assert _address(headers, trusted_proxy=True) == "203.0.113.9"
    assert _address({}, trusted_proxy=True) == "192.0.2.1"
