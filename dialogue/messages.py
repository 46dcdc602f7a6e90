"""The worker's private protocol: what travels over its Unix socket, as JSON over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from actions.reply import Reply

TURN = "/turn"
HISTORY = "/history"
STATUS = "/status"


@dataclass(frozen=True, slots=True)
class Answered:
    """The replies to a turn, and its place in the log of turns."""

    replies: tuple[Reply, ...]
    number: int
    said: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "replies": [reply.to_json() for reply in self.replies],
            "number": self.number,
            "said": self.said,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answered:
        """What ``to_json`` wrote."""
        replies = tuple(Reply.from_json(reply) for reply in data["replies"])
        return cls(replies, int(data["number"]), str(data["said"]))


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker is.

    Attributes:
        ready: whether it answered its smoke questions since the model was loaded.
        model: name of the model.
        knowledge: checksum of the knowledge in force.
        procedures: how many procedures it knows.
        loaded_at: when the knowledge was loaded (ISO, UTC).
        faults: why the newest knowledge files are not in force.
        turns: answered since start.

    """

    ready: bool
    model: str
    knowledge: str
    procedures: int
    loaded_at: str
    faults: tuple[str, ...]
    turns: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WorkerStatus:
        """What ``to_json`` wrote."""
        return cls(**{**data, "faults": tuple(data["faults"])})
