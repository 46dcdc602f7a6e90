"""Conversations in the database: small, whole, and remembered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from dialogue.conversations import KEEP_EVENTS, ConversationStore, conversations
from store.database import make_engine, metadata
from store.settings import PROJECT

from rasa.shared.core.domain import Domain  # isort: skip - only after the stand-ins
from rasa.shared.core.events import (  # isort: skip
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker  # isort: skip


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(f"sqlite:///{tmp_path / 'motcua.db'}")
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(PROJECT / "domain.yml"))


@pytest.fixture
def store(engine: Engine, domain: Domain) -> ConversationStore:
    made = ConversationStore(engine)
    made.domain = domain
    return made


def tracker(domain: Domain, sender: str = "web:a") -> DialogueStateTracker:
    made = DialogueStateTracker(sender, domain.slots)
    made.update_with_events([ActionExecuted("action_session_start"), SessionStarted()], domain)
    return made


def say(conversation: DialogueStateTracker, domain: Domain, text: str, **slots: object) -> None:
    """One turn: what the citizen said, what was remembered, what was replied."""
    events = [
        ActionExecuted("action_listen"),
        UserUttered(text, {"name": "ask_fee", "confidence": 1.0}),
        ActionExecuted("action_answer"),
        *(SlotSet(name, value) for name, value in slots.items()),
        BotUttered(f"trả lời {text}"),
    ]
    conversation.update_with_events(events, domain)


async def stored(store: ConversationStore, sender: str = "web:a") -> DialogueStateTracker:
    found = await store.retrieve(sender)
    assert found is not None
    return found


def kept_events(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        return list(
            json.loads(connection.execute(select(conversations.c.tracker)).scalar())["events"]
        )


async def test_a_conversation_comes_back_as_it_was(store, domain) -> None:
    conversation = tracker(domain)
    say(conversation, domain, "mấy tiền", procedure="1.001193", facets=["fee"], failures=1.0)
    await store.save(conversation)
    found = await stored(store)
    assert found.current_slot_values() == conversation.current_slot_values()
    assert [e.type_name for e in found.events] == [e.type_name for e in conversation.events]
    assert found.latest_message.text == "mấy tiền"


async def test_an_unknown_sender_has_none(store) -> None:
    assert await store.retrieve("web:nobody") is None
    assert list(await store.keys()) == []


async def test_senders_are_apart_and_saved_in_one_row_each(store, domain) -> None:
    for sender in ("web:a", "web:b", "web:a"):
        conversation = tracker(domain, sender)
        say(conversation, domain, "x", procedure=sender)
        await store.save(conversation)
    assert sorted(await store.keys()) == ["web:a", "web:b"]
    assert (await stored(store, "web:b")).get_slot("procedure") == "web:b"


async def test_a_long_conversation_stays_small(store, domain, engine) -> None:
    conversation = tracker(domain)
    say(conversation, domain, "đầu", procedure="1.001193")
    for i in range(200):
        say(conversation, domain, f"câu {i}")
        await store.save(conversation)
        conversation = await stored(store)
    assert len(kept_events(engine)) <= KEEP_EVENTS + 20
    assert conversation.get_slot("procedure") == "1.001193"
    assert conversation.latest_message.text == "câu 199"


@pytest.mark.parametrize("shift", range(8))
async def test_slots_survive_wherever_the_cut_falls(store, domain, engine, shift: int) -> None:
    conversation = tracker(domain)
    say(conversation, domain, "cũ", procedure="1.000000", handover="requested")
    conversation.update_with_events([BotUttered("thêm")] * shift, domain)
    for i in range(30):
        slots = {"procedure": f"1.{i:06}", "offered": [str(i)], "failures": float(i % 3)}
        say(conversation, domain, f"câu {i}", **slots)
        await store.save(conversation)
        found = await stored(store)
        assert found.current_slot_values() == conversation.current_slot_values()
        events = kept_events(engine)
        first = next(event for event in events if event["event"] in ("user", "bot", "action"))
        if len(conversation.events) > KEEP_EVENTS:
            assert first["event"] == "user", "a turn was cut in two"


async def test_one_turn_longer_than_what_is_kept(store, domain) -> None:
    conversation = tracker(domain)
    say(conversation, domain, "một", procedure="1.001193")
    say(conversation, domain, "hai", facets=["fee"])
    conversation.update_with_events([BotUttered(str(i)) for i in range(100)], domain)
    await store.save(conversation)
    found = await stored(store)
    assert found.latest_message.text == "hai"
    assert found.get_slot("procedure") == "1.001193" and found.get_slot("facets") == ["fee"]


async def test_what_a_new_session_forgot_is_not_remembered_again(store, domain) -> None:
    conversation = tracker(domain)
    say(conversation, domain, "cũ", procedure="1.001193", handover="requested")
    conversation.update_with_events(
        [ActionExecuted("action_session_start"), SessionStarted()], domain
    )
    for i in range(40):
        say(conversation, domain, f"câu {i}", facets=["fee"])
    await store.save(conversation)
    found = await stored(store)
    assert found.get_slot("procedure") is None and found.get_slot("handover") is None
    assert found.get_slot("facets") == ["fee"]


async def test_a_form_goes_on(store, domain) -> None:
    conversation = tracker(domain)
    say(conversation, domain, "phản ánh")
    conversation.update_with_events([ActiveLoop("report_form")], domain)
    for i in range(40):
        say(conversation, domain, f"câu {i}")
    await store.save(conversation)
    assert (await stored(store)).active_loop_name == "report_form"


async def test_a_conversation_can_be_forgotten(store, domain) -> None:
    await store.save(tracker(domain))
    store.forget("web:a")
    assert await store.retrieve("web:a") is None
    store.forget("web:a")


async def test_silent_conversations_are_deleted_after_a_time(store, domain, engine) -> None:
    for sender in ("web:old", "web:new"):
        await store.save(tracker(domain, sender))
    with engine.begin() as connection:
        connection.execute(
            update(conversations)
            .where(conversations.c.sender == "web:old")
            .values(at=time.time() - 31 * 86_400)
        )
    assert store.purge(timedelta(days=30)) == 1
    assert list(await store.keys()) == ["web:new"]
