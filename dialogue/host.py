"""The host: Rasa's agent and our actions in one process, without a socket in between."""

from __future__ import annotations

import json
import logging
import time
import warnings
from pathlib import Path
from typing import Any

from nlu import stand_ins

stand_ins.install()

from rasa.core.actions.action import RemoteAction  # noqa: E402 - only after the stand-ins
from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage  # noqa: E402
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.utils.endpoints import ClientResponseError, EndpointConfig  # noqa: E402
from rasa_sdk.executor import ActionExecutor  # noqa: E402
from rasa_sdk.interfaces import ActionExecutionRejection  # noqa: E402

from actions import actions  # noqa: E402
from actions.replies import ReplyMaker  # noqa: E402
from actions.reply import Act, Reply  # noqa: E402
from dialogue.errors import ModelError  # noqa: E402
from dialogue.turn import Press, Turn, read_payload  # noqa: E402
from knowledge import live  # noqa: E402
from knowledge.text.normalise import clean  # noqa: E402

log = logging.getLogger(__name__)

SMOKE_QUESTIONS: tuple[tuple[str, str], ...] = (
    ("chào bạn", "chitchat"),
    ("giá vàng hôm nay bao nhiêu một chỉ", "refuse"),
    ("tôi muốn gặp cán bộ", "handoff"),
)
"""Asked after every load: a model whose classifier was not loaded properly fails them."""
SMOKE_PROCEDURES = 5
"""Of so many first entries, at least one must be answered about by its own name."""


class InProcessActions(EndpointConfig):
    """An action endpoint that runs our actions directly."""

    def __init__(self) -> None:
        super().__init__(url="inprocess:actions")
        self._executor = ActionExecutor()
        for action in actions.ALL:
            self._executor.register_action(action)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Called by Rasa in place of an HTTP request."""
        try:
            return await self._executor.run(kwargs["json"])
        except ActionExecutionRejection as rejection:
            body = {"error": rejection.message, "action_name": rejection.action_name}
            raise ClientResponseError(400, "", json.dumps(body)) from rejection


def _trust_own_actions(action: RemoteAction, result: dict[str, Any]) -> bool:
    """Rasa checks what an action server sends against a schema, and that schema against its own
    each time: four fifths of a turn's time. Ours are typed and in this process.
    """
    return "events" in result and "responses" in result


RemoteAction._validate_action_result = _trust_own_actions


class DialogueHost:
    """Answers turns; the caller sees to it that one sender's turns come one after the other."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    @classmethod
    def load(cls, model: Path, tracker_store: TrackerStore | None = None) -> DialogueHost:
        """Load a model.

        Raises:
            ModelError: it can't be loaded.

        """
        store = tracker_store or InMemoryTrackerStore(Domain.empty())
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Rasa's own use of what Python will drop
                agent = Agent.load(
                    str(model), action_endpoint=InProcessActions(), tracker_store=store
                )
        except Exception as error:
            raise ModelError(f"Không nạp được mô hình {model.name}: {error}") from error
        if not agent.is_ready():
            raise ModelError(f"Mô hình {model.name} chưa dùng được: hãy chạy «motcua train».")
        return cls(agent)

    async def handle(self, turn: Turn) -> list[Reply]:
        """The replies to one turn."""
        pressed = read_payload(turn.payload) if turn.payload else None
        if turn.payload and pressed is None:
            return [ReplyMaker(live.current()).prompt("nut_het_han", Act.PROMPT)]
        if isinstance(pressed, Press):
            text = "/press" + json.dumps(pressed.values())
        else:
            text = _as_typed(pressed or turn.text)
            if not text and (turn.location or turn.attachments):
                text = "/share"
        if not text:
            return [ReplyMaker(live.current()).prompt("tin_khong_chu", Act.PROMPT)]
        channel = CollectingOutputChannel()
        message = UserMessage(
            text,
            channel,
            turn.sender,
            input_channel=turn.channel,
            message_id=turn.id,
            metadata=_metadata(turn),
        )
        await self._agent.handle_message(message)
        return [Reply.from_json(m["custom"]) for m in channel.messages if "custom" in m]

    async def smoke(self) -> float:
        """Ask known questions; returns the seconds a question took on average.

        Raises:
            ModelError: one got the wrong kind of reply.

        """
        started = time.perf_counter()
        asked = 0

        async def first_reply(question: str) -> Reply | None:
            nonlocal asked
            asked += 1
            turn = Turn(
                id=f"smoke-{asked}", sender=f"smoke:{asked}", channel="smoke", text=question
            )
            replies = await self.handle(turn)
            return replies[0] if replies else None

        for question, act in SMOKE_QUESTIONS:
            reply = await first_reply(question)
            if reply is None or reply.act != act:
                raise ModelError(f"Mô hình trả lời sai câu thử «{question}».")
        procedures = list(live.current().base.procedures.values())[:SMOKE_PROCEDURES]
        for procedure in procedures:
            reply = await first_reply(f"{procedure.name} cần giấy tờ gì")
            if reply is not None and reply.procedure == procedure.code:
                return (time.perf_counter() - started) / asked
        raise ModelError("Mô hình không nhận ra thủ tục nào trong các câu thử.")


def _as_typed(text: str) -> str:
    """A citizen's words for Rasa, which takes a leading slash for one of its own commands."""
    return clean(text).lstrip("/ ")


def _metadata(turn: Turn) -> dict[str, Any]:
    """What a turn carries besides its words, for the actions."""
    location = turn.location
    return {
        "turn_id": turn.id,
        "channel": turn.channel,
        "attachments": list(turn.attachments),
        "location": {"lat": location.lat, "lon": location.lon} if location else None,
    }
