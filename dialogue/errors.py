"""What can go wrong between a door and the dialogue."""

from __future__ import annotations


class DialogueError(Exception):
    """The dialogue could not answer."""


class DialogueBusyError(DialogueError):
    """Too many turns are waiting: try again shortly."""


class DialogueUnavailableError(DialogueError):
    """No worker answers."""


class ModelError(DialogueError):
    """No usable model; the message says what to do."""
