"""Throttling of log-ins: after a few failures each further try has to wait longer."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_TRIES = 5
FIRST_WAIT = 5.0
LONGEST_WAIT = 900.0
FORGET = 3600.0
"""Seconds without a try after which failures are forgotten."""
MAX_KEYS = 50_000


@dataclass(slots=True)
class _Failures:
    count: int
    at: float


class Throttle:
    """Counts failures by key (a login, an address)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def begin(self, *keys: str) -> float:
        """Begin a try; returns 0, or the seconds to wait, in which case it must not be made.

        The try counts as failed until ``succeeded``, so that many at once get no more than many
        in a row.
        """
        wait = max(self._wait(key) for key in keys)
        if not wait:
            for key in keys:
                failures = self._failures.pop(key, None) or _Failures(0, 0.0)
                failures.count += 1
                failures.at = self._clock()
                self._failures[key] = failures
            while len(self._failures) > MAX_KEYS:
                self._failures.popitem(last=False)
        return wait

    def succeeded(self, login: str, *others: str) -> None:
        """The try was right: the login starts anew; elsewhere only this try is taken back."""
        self._failures.pop(login, None)
        for key in others:
            if key in self._failures:
                self._failures[key].count -= 1

    def _wait(self, key: str) -> float:
        failures = self._failures.get(key)
        if failures is None:
            return 0.0
        passed = self._clock() - failures.at
        if passed > FORGET:
            del self._failures[key]
            return 0.0
        if failures.count < FREE_TRIES:
            return 0.0
        doubled = FIRST_WAIT * 2.0 ** min(failures.count - FREE_TRIES, 20)
        return max(0.0, min(LONGEST_WAIT, doubled) - passed)
