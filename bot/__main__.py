"""``python -m bot`` is ``motcua``."""

from bot.cli import entry

entry()
