"""``bot.evaluation``: every figure as the design defines it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from actions.reply import Act, Reply
from bot.evaluation import (
    Case,
    Evaluation,
    EvaluationError,
    Judged,
    evaluate,
    read_cases,
    write_failures,
)
from dialogue.turn import Turn

A, B, C = "1.000001", "1.000002", "1.000003"
SHARES = (
    "act", "procedure", "procedure_top5", "facet", "clarified", "wrong", "refused_right",
    "refused_needlessly", "asked_needlessly",
)  # fmt: skip


def answer(code: str | None = A, facet: str = "fee", entry: str | None = None) -> Reply:
    return Reply("t", "t", Act.ANSWER, procedure=code, facet=facet, entry=entry)


def clarify(*codes: str) -> Reply:
    return Reply("t", "t", Act.CLARIFY, candidates=codes)


def act(name: str) -> Reply:
    return Reply("t", "t", Act(name))


def case(codes: str = "", behaviour: str = "answer", facets: str = "") -> Case:
    return Case(
        "hỏi",
        frozenset(codes.split(",")) - {""},
        frozenset(behaviour.split("|")),
        frozenset(facets.split("|")) - {""},
    )


def figures(*rows: tuple[Case, Sequence[Reply]]) -> dict[str, Any]:
    return Evaluation([Judged(asked, replies, 1.0) for asked, replies in rows]).figures()


def counts(found: dict[str, Any], name: str) -> tuple[int, int]:
    return found[name]["count"], found[name]["of"]


def test_keys_are_those_of_the_contract() -> None:
    found = figures((case(A), [answer()]))
    assert set(found) == {"n", "ms", *SHARES}
    assert set(found["ms"]) == {"p50", "p95"}
    for name in SHARES:
        assert set(found[name]) == {"count", "of", "share"}
    assert found["n"] == 1


def test_share_is_null_where_there_is_nothing_to_count() -> None:
    found = figures()
    assert found["n"] == 0
    for name in SHARES:
        assert found[name] == {"count": 0, "of": 0, "share": None}


def test_share_is_a_float_from_0_to_1() -> None:
    found = figures((case(A), [answer()]), (case(A), [answer(B)]), (case(A), [act("refuse")]))
    assert found["procedure"]["share"] == pytest.approx(1 / 3)
    assert isinstance(found["act"]["share"], float)


class TestAct:
    def test_right_if_any_reply_fits_any_alternative(self) -> None:
        found = figures(
            (case(A, "answer|clarify"), [clarify(A, B)]),
            (case(A, "answer"), [act("refuse"), answer()]),
            (case("", "refuse"), [act("chitchat")]),
            (case("", "handoff|report"), [act("report")]),
            (case("", "refuse"), []),
        )
        assert counts(found, "act") == (3, 5)


class TestProcedure:
    def test_judged_where_an_answer_is_allowed(self) -> None:
        found = figures(
            (case(A), [answer()]),
            (case(A, "answer|clarify"), [answer(B)]),
            (case(A, "clarify"), [answer()]),
            (case("", "refuse"), [act("refuse")]),
        )
        assert counts(found, "procedure") == (1, 2)

    def test_any_of_several_codes_counts(self) -> None:
        assert counts(figures((case(f"{A},{B}"), [answer(B)])), "procedure") == (1, 1)

    def test_any_reply_counts(self) -> None:
        assert counts(figures((case(A), [answer(B), answer(A)])), "procedure") == (1, 1)

    def test_only_an_answer_counts(self) -> None:
        report = Reply("t", "t", Act.REPORT, procedure=A)
        assert counts(figures((case(A), [report])), "procedure") == (0, 1)

    def test_where_none_applies_an_answer_about_none_is_right(self) -> None:
        found = figures(
            (case("", "answer"), [answer(None, entry="gio_lam_viec")]),
            (case("", "answer"), [answer(A)]),
        )
        assert counts(found, "procedure") == (1, 2)

    def test_top5_counts_the_first_five_candidates_of_a_question_back(self) -> None:
        found = figures(
            (case(A), [answer()]),
            (case(A), [clarify(B, A)]),
            (case(A), [clarify("1", "2", "3", "4", "5", A)]),
            (case(A), [clarify(B, C)]),
            (case(A), [act("refuse")]),
        )
        assert counts(found, "procedure_top5") == (2, 5)
        assert counts(found, "procedure") == (1, 5)


class TestFacet:
    def test_counts_rows_with_a_right_procedure_and_judged_facets(self) -> None:
        found = figures(
            (case(A, facets="fee"), [answer(A, "fee")]),
            (case(A, facets="fee|time"), [answer(A, "time")]),
            (case(A, facets="fee"), [answer(A, "time")]),
            (case(A, facets="fee"), [answer(B, "fee")]),
            (case(A), [answer(A, "fee")]),
            (case(A, facets="fee"), [clarify(A, B)]),
        )
        assert counts(found, "facet") == (2, 3)

    def test_the_facet_must_be_that_of_the_right_procedure(self) -> None:
        found = figures((case(A, facets="fee"), [answer(A, "time"), answer(B, "fee")]))
        assert counts(found, "facet") == (0, 1)


class TestWrong:
    def test_of_all_rows(self) -> None:
        found = figures((case(A), [answer(B)]), (case("", "refuse"), [act("refuse")]))
        assert counts(found, "wrong") == (1, 2)

    @pytest.mark.parametrize(
        ("asked", "replies", "wrong"),
        [
            (case(A), [answer(A)], False),
            (case(A), [answer(B)], True),
            (case(A), [answer(A), answer(B)], True),
            (case(f"{A},{B}"), [answer(A), answer(B)], False),
            (case(A), [clarify(B, C)], False),
            (case(A), [act("refuse")], False),
            (case(A, "clarify"), [answer(A)], False),
            (case(A, "clarify"), [answer(B)], True),
            (case("", "refuse"), [answer(A)], True),
            (case("", "refuse"), [answer(None, entry="gio_lam_viec")], True),
            (case("", "refuse"), [act("chitchat")], False),
            (case("", "answer"), [answer(None, entry="gio_lam_viec")], False),
            (case("", "answer"), [answer(A)], True),
            (case("", "answer|refuse"), [answer(A)], True),
            (case(A), [answer(None, entry="gio_lam_viec")], False),
            (case(A), [], False),
        ],
    )
    def test_an_answer_with_a_foreign_code_or_where_none_is_allowed(
        self, asked: Case, replies: list[Reply], wrong: bool
    ) -> None:
        assert counts(figures((asked, replies)), "wrong") == (int(wrong), 1)


class TestNeedless:
    def test_a_question_back_where_only_an_answer_is_allowed(self) -> None:
        found = figures(
            (case(A), [clarify(A, B)]),
            (case(A), [clarify(B, C)]),
            (case(A), [answer()]),
            (case(A, "answer|clarify"), [clarify(A, B)]),
            (case("", "refuse"), [clarify(A, B)]),
        )
        assert counts(found, "asked_needlessly") == (2, 3)
        assert counts(found, "clarified") == (1, 3)
        assert counts(found, "wrong") == (0, 5)
        assert counts(found, "act") == (2, 5)

    def test_a_sixth_candidate_still_makes_it_clarified(self) -> None:
        found = figures((case(A), [clarify("1", "2", "3", "4", "5", A)]))
        assert counts(found, "clarified") == (1, 1)

    def test_refusals(self) -> None:
        found = figures(
            (case("", "refuse"), [act("refuse")]),
            (case("", "refuse|handoff"), [act("handoff")]),
            (case(A), [act("refuse")]),
            (case(A), [answer()]),
            (case("", "chitchat"), [act("refuse")]),
        )
        assert counts(found, "refused_right") == (1, 2)
        assert counts(found, "refused_needlessly") == (2, 3)


class TestTimes:
    def test_nearest_rank(self) -> None:
        rows = [Judged(case(A), [answer()], float(ms)) for ms in range(100, 0, -1)]
        assert Evaluation(rows).figures()["ms"] == {"p50": 50.0, "p95": 95.0}

    def test_one_row(self) -> None:
        rows = [Judged(case(A), [answer()], 7.123456)]
        assert Evaluation(rows).figures()["ms"] == {"p50": 7.12, "p95": 7.12}


HEAD = "question\tcodes\tbehaviour\tfacets\tnote\n"


class TestFile:
    @staticmethod
    def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
        path = folder / "hoi.tsv"
        path.write_bytes(text.encode(encoding))
        return path

    def test_columns_and_alternatives(self, tmp_path: Path) -> None:
        rows = f'nói "a" nhé\t{A},{B}\tanswer|clarify\tfee|time,place\tx\r\nb\t\trefuse\t\t\n'
        first, second = read_cases(self.write(tmp_path, HEAD + rows))
        assert first.question == 'nói "a" nhé'
        assert first.codes == {A, B} and first.behaviour == {"answer", "clarify"}
        assert first.facets == {"fee", "time", "place"}
        assert second == Case("b", frozenset(), frozenset({"refuse"}), frozenset())

    def test_order_of_columns_and_missing_facets(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, f"behaviour\tcodes\tquestion\nanswer\t{A}\thỏi\n", "utf-8-sig")
        assert read_cases(path) == [Case("hỏi", frozenset({A}), frozenset({"answer"}), frozenset())]

    def test_a_line_separator_inside_a_question_is_no_line_break(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, HEAD + f"a\u2028b\x0bc\t{A}\tanswer\t\t\n")
        assert [each.question for each in read_cases(path)] == ["a\u2028b\x0bc"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "thiếu cột"),
            ("a\tb\n1\t2\n", "thiếu cột: question, codes, behaviour"),
            (HEAD, "không có câu hỏi"),
            (HEAD + "a\t\tanswers\t\t\n", ":2: «behaviour» không hợp lệ: answers"),
            (HEAD + "a\t\trefuse\t\t\nb\t\t\t\t\n", ":3: «behaviour» không hợp lệ: để trống"),
            (HEAD + "a\n", "«behaviour»"),
            (HEAD + " \t\trefuse\t\t\n", ":2: «question» để trống"),
        ],
    )
    def test_faults_are_one_line_that_says_where(
        self, tmp_path: Path, text: str, expected: str
    ) -> None:
        with pytest.raises(EvaluationError) as caught:
            read_cases(self.write(tmp_path, text))
        assert expected in str(caught.value) and "\n" not in str(caught.value)

    def test_unreadable_files(self, tmp_path: Path) -> None:
        with pytest.raises(EvaluationError, match="Không đọc được"):
            read_cases(tmp_path / "none.tsv")
        with pytest.raises(EvaluationError, match="Không đọc được"):
            read_cases(tmp_path)
        path = tmp_path / "latin.tsv"
        path.write_bytes(HEAD.encode() + b"\xff\xfe\n")
        with pytest.raises(EvaluationError, match="UTF-8"):
            read_cases(path)


class TestFailures:
    def test_holds_the_faulty_rows_and_can_be_evaluated_again(self, tmp_path: Path) -> None:
        good, bad = case(A, facets="fee"), Case('a "b" \\c', *_parts(case(A, facets="fee|time")))
        evaluation = Evaluation(
            [Judged(good, [answer()], 1.0), Judged(bad, [answer(B, "time"), clarify(A, C)], 1.0)]
        )
        path = tmp_path / "out.tsv"
        write_failures(evaluation, path)
        assert read_cases(path) == [bad]
        text = path.read_text("utf-8")
        for word in ("procedure,wrong", "answer,clarify", B, f"{A},{C}"):
            assert word in text

    def test_no_faults_leave_a_head_only(self, tmp_path: Path) -> None:
        path = tmp_path / "out.tsv"
        write_failures(Evaluation([Judged(case(A), [answer()], 1.0)]), path)
        assert len(path.read_text("utf-8").splitlines()) == 1

    def test_a_place_that_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(EvaluationError, match="Không ghi được"):
            write_failures(Evaluation(), tmp_path / "none" / "out.tsv")


async def test_every_question_is_asked_in_a_conversation_of_its_own() -> None:
    turns: list[Turn] = []
    done: list[int] = []

    async def reply(turn: Turn) -> list[Reply]:
        turns.append(turn)
        return [answer()]

    found = await evaluate([case(A), case(A)], reply, done.append)
    assert len({turn.sender for turn in turns}) == 2
    assert done == [1, 2]
    assert found.figures()["n"] == 2


def _parts(of: Case) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    return of.codes, of.behaviour, of.facets
