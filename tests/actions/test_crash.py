"""A crash after a turn was handled and before its replies were recorded: told again, done once."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from actions import runtime
from dialogue.host import DialogueHost
from dialogue.turn import Turn
from store.database import make_engine, metadata


@pytest.fixture(scope="module")
def host(models: Path, tmp_path_factory: pytest.TempPathFactory) -> DialogueHost:
    from dialogue import training

    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('crash') / 'motcua.db'}")
    metadata.create_all(engine)
    runtime.install(engine)
    model = training.fitting_model(models)
    assert model is not None
    return DialogueHost.load(model)


@pytest.mark.slow
async def test_a_turn_that_comes_again_is_answered_alike_and_has_no_second_effect(
    host: DialogueHost,
) -> None:
    sender = f"web:{uuid.uuid4().hex}"
    texts = ("rác không ai dọn ở ngõ 5 phường Chiềng An", "bỏ qua", "gửi")
    for number, text in enumerate(texts):
        turn = Turn(id=str(number), sender=sender, channel="web", text=text)
        first = await host.handle(turn)
        assert await host.handle(turn) == first
        assert await host.handle(turn) == first
    assert first[0].report is not None
    assert [r.code for r in runtime.desk().of_sender(sender)] == [first[0].report.code]
    other = Turn(id="9", sender=sender, channel="web", text="gửi")
    assert await host.handle(other) != first
