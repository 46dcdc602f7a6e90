from __future__ import annotations

import json

from nlu.understanding import LinkedProcedure, Understanding


def test_what_travels_as_json_comes_back_equal() -> None:
    understanding = Understanding(
        links=(
            LinkedProcedure(("1.004873", "1.001193"), 0.9, 0.5, None, ambiguous=False),
            LinkedProcedure((), 0.1, 0.2, "ket_hon", ambiguous=True),
        ),
        facets=("fee", "time"),
        in_scope=0.75,
        content=4,
        unknown=1,
    )
    travelled = json.loads(json.dumps(understanding.to_json()))
    assert Understanding.from_json(travelled) == understanding


def test_a_message_without_one_is_understood_as_nothing() -> None:
    assert Understanding.from_json(None) == Understanding.from_json({}) == Understanding()
