"""What an action gets to know of the citizen's message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker

from knowledge.live import KnowledgeState
from knowledge.text.normalise import Utterance, normalise
from nlu.understanding import KEY, Understanding


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message, read once.

    Attributes:
        sender: the conversation.
        turn_id: the door's id of the message.
        channel: the door.
        text: as it was typed or heard.
        utterance: normalised.
        intent: name of the recognised intent.
        understanding: what else was understood.
        pressed: values of a pressed button.
        attachments: ids of uploads.
        lat, lon: a shared position.

    """

    sender: str
    turn_id: str
    channel: str
    text: str
    utterance: Utterance
    intent: str
    understanding: Understanding
    pressed: dict[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None

    @classmethod
    def read(cls, state: KnowledgeState, tracker: Tracker) -> Inbound:
        """From Rasa's tracker."""
        message: dict[str, Any] = tracker.latest_message
        metadata = message.get("metadata") or {}
        pressed = {e["entity"]: str(e["value"]) for e in message.get("entities", [])}
        text = "" if pressed else str(message.get("text") or "")
        location = metadata.get("location") or {}
        return cls(
            sender=tracker.sender_id,
            turn_id=str(metadata.get("turn_id") or message.get("message_id") or ""),
            channel=str(metadata.get("channel") or ""),
            text=text,
            utterance=normalise(text, state.base.lexicon),
            intent=str(message["intent"]["name"]),
            understanding=Understanding.from_json(message.get(KEY)),
            pressed=pressed,
            attachments=tuple(metadata.get("attachments") or ()),
            lat=location.get("lat"),
            lon=location.get("lon"),
        )
