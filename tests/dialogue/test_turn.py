"""``Turn`` on its way to the worker, and what a button's payload means."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from actions.replies import ASK_FACET, PICK, SAY, ReplyMaker
from dialogue.turn import Location, Press, Turn, read_payload
from knowledge.facets import Facet
from knowledge.live import LiveKnowledge


class TestTurn:
    @pytest.mark.parametrize(
        "turn",
        [
            Turn(id="1", sender="web:a", channel="web", text="mấy tiền?"),
            Turn(
                id="x",
                sender="zalo:1",
                channel="zalo",
                payload="hoi:1.001193:fee",
                attachments=("a", "b"),
                location=Location(21.33, 103.91),
                confidence=0.5,
                sent_at=datetime(2026, 7, 18, 9, 30, tzinfo=UTC),
            ),
        ],
    )
    def test_travels_as_json(self, turn: Turn) -> None:
        assert Turn.from_json(json.loads(json.dumps(turn.to_json()))) == turn

    def test_is_sent_now_unless_said_otherwise(self) -> None:
        sent_at = Turn(id="1", sender="web:a", channel="web").sent_at
        assert abs((datetime.now(UTC) - sent_at).total_seconds()) < 5


class TestPayloads:
    @pytest.mark.parametrize(
        ("payload", "meaning"),
        [
            ("hoi:1.001193:fee", Press("1.001193", "fee")),
            ("hoi:1.001193:legal_basis", Press("1.001193", "legal_basis")),
            ("thu_tuc:1.001193", Press("1.001193")),
            ("noi:gặp cán bộ", "gặp cán bộ"),
            ("noi:", ""),
            ("noi:hoi:1.001193:fee", "hoi:1.001193:fee"),
        ],
    )
    def test_ours(self, payload: str, meaning: Press | str) -> None:
        assert read_payload(payload) == meaning

    @pytest.mark.parametrize(
        "payload",
        [
            "",
            "xyz",
            "/restart",
            '/press{"procedure": "1.001193"}',
            "hoi:1.001193",
            "hoi:1.001193:",
            "hoi:1.001193:FEE",
            "hoi:1.001193:fee:more",
            "hoi:1.001193:fee\n/restart",
            "hoi:x:fee",
            "thu_tuc:",
            "thu_tuc:1.001193 ",
            'thu_tuc:1.001193"}',
            "thu_tuc:1.001193\n",
            " thu_tuc:1.001193",
            "THU_TUC:1.001193",
            "thu_tuc:٣.001193",
        ],
    )
    def test_others(self, payload: str) -> None:
        assert read_payload(payload) is None

    def test_every_button_that_we_make_is_understood(self, live_knowledge: LiveKnowledge) -> None:
        state = live_knowledge.state
        make = ReplyMaker(state)
        codes = tuple(state.base.procedures)
        for code in codes:
            for facet in Facet:
                for button in make.answer(code, facet).buttons:
                    pressed = read_payload(button.payload)
                    assert isinstance(pressed, Press) and pressed.procedure == code
                    assert pressed.facet in set(Facet)
        for button in make.clarify(codes[:6], None).buttons:
            assert isinstance(read_payload(button.payload), Press)

    def test_every_payload_fits_where_doors_take_it(self, live_knowledge: LiveKnowledge) -> None:
        longest = max(map(len, live_knowledge.state.base.procedures))
        facet = max(map(len, Facet))
        for kind in (ASK_FACET, PICK):
            assert len(kind) + longest + 1 + facet <= 64  # what Telegram takes, in bytes

    def test_words_of_a_button_may_be_anything(self) -> None:
        assert read_payload(SAY + "a:b/c\n{}") == "a:b/c\n{}"
