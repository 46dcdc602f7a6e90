"""The local time of the locality that is served."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_zone = ZoneInfo("Asia/Ho_Chi_Minh")


def set_timezone(name: str) -> None:
    """Use another zone (setting MOTCUA_TIMEZONE).

    Raises:
        zoneinfo.ZoneInfoNotFoundError: no zone of this name.

    """
    global _zone
    _zone = ZoneInfo(name)


def now() -> datetime:
    """The current local time, with its zone."""
    return datetime.now(_zone)
