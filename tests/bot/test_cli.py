"""The ``motcua`` command line: what it prints, where, and its status.

Commands run as processes where logging or Rasa has a part in what they print, else in this one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.cli import main
from knowledge import live
from store.settings import PROJECT

pytestmark = pytest.mark.slow

BIRTH_DOCUMENTS = "lam giay khai sinh cho con can nhung gi"
BIRTH_FILE = "thu_tuc/ho_tich/1.001193-dang-ky-khai-sinh.yml"
KEYS = {
    "n", "act", "procedure", "procedure_top5", "facet", "clarified", "wrong", "refused_right",
    "refused_needlessly", "asked_needlessly", "ms",
}  # fmt: skip
QUESTIONS = (
    "question\tcodes\tbehaviour\tfacets\n"
    f"{BIRTH_DOCUMENTS}\t1.001193\tanswer\tdocuments\n"
    "giá vàng hôm nay bao nhiêu một chỉ\t\trefuse\t\n"
    "lệ phí đăng ký kết hôn\t9.999999\tanswer\tfee\n"
)


@pytest.fixture(scope="module")
def var(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("var")
    (folder / "models").symlink_to(models)
    return folder


class Motcua:
    """Runs commands with data of their own, in an empty folder."""

    def __init__(self, var: Path, cwd: Path) -> None:
        self.var = var
        self.cwd = cwd

    def __call__(self, *arguments: object, **environment: object) -> subprocess.CompletedProcess:
        settings = {"MOTCUA_VAR": str(self.var), "PYTHONPATH": str(PROJECT)}
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "bot", *map(str, arguments)],
            cwd=self.cwd,
            env=os.environ | settings | {name: str(value) for name, value in environment.items()},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def motcua(var: Path, tmp_path: Path) -> Motcua:
    return Motcua(var, tmp_path)


class Quick:
    """Runs commands in this process."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.patch = patch
        self.capture = capture

    def __call__(self, *arguments: object, **environment: object) -> subprocess.CompletedProcess:
        for name, value in environment.items():
            self.patch.setenv(name, str(value))
        self.capture.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        printed = self.capture.readouterr()
        return subprocess.CompletedProcess(arguments, status, printed.out, printed.err)


@pytest.fixture
def quick(
    var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Quick]:
    monkeypatch.setenv("MOTCUA_VAR", str(var))
    monkeypatch.chdir(tmp_path)
    before = live._current
    handler = signal.getsignal(signal.SIGTERM)
    yield Quick(monkeypatch, capsys)
    live._current = before
    signal.signal(signal.SIGTERM, handler)


def one_line(ended: subprocess.CompletedProcess, status: int = 1) -> str:
    """The one line in which a command that failed says why."""
    assert ended.returncode == status, ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Lỗi: ")
    return line


class TestAsk:
    def test_json_has_the_replies_of_the_api(self, motcua: Motcua) -> None:
        ended = motcua("ask", BIRTH_DOCUMENTS, "--json")
        assert ended.returncode == 0, ended.stderr
        (reply,) = json.loads(ended.stdout)["replies"]
        assert (reply["procedure"], reply["facet"]) == ("1.001193", "documents")
        assert reply["act"] == "answer" and "Giấy chứng sinh" in reply["text"]
        assert reply["source"]["url"].startswith("https://")

    def test_text_has_answer_source_and_buttons(self, quick: Quick) -> None:
        ended = quick("ask", *BIRTH_DOCUMENTS.split())
        assert ended.returncode == 0, ended.stderr
        assert "Giấy chứng sinh" in ended.stdout
        assert "https://dichvucong.gov.vn/" in ended.stdout and "(1) " in ended.stdout


class TestEval:
    def test_json_is_one_object_and_failures_are_listed(
        self, motcua: Motcua, tmp_path: Path
    ) -> None:
        file, failures = tmp_path / "hoi.tsv", tmp_path / "sai.tsv"
        file.write_text(QUESTIONS, "utf-8")
        ended = motcua("eval", "hoi.tsv", "--json", "--failures", "sai.tsv")
        assert ended.returncode == 0, ended.stderr
        found = json.loads(ended.stdout)  # all of it: nothing else stands on stdout
        assert set(found) == KEYS
        assert found["n"] == 3
        assert found["act"] == {"count": 3, "of": 3, "share": 1.0}
        assert found["procedure"] == {"count": 1, "of": 2, "share": 0.5}
        assert found["wrong"]["count"] == 1
        assert found["refused_right"] == {"count": 1, "of": 1, "share": 1.0}
        assert 0 < found["ms"]["p50"] <= found["ms"]["p95"]
        head, *rows = failures.read_text("utf-8").splitlines()
        assert head.startswith("question\tcodes\tbehaviour\tfacets")
        assert len(rows) == 1 and rows[0].startswith("lệ phí đăng ký kết hôn\t9.999999")

    def test_table(self, quick: Quick, tmp_path: Path) -> None:
        (tmp_path / "hoi.tsv").write_text(QUESTIONS, "utf-8")
        ended = quick("eval", "hoi.tsv")
        assert ended.returncode == 0, ended.stderr
        assert "3 câu hỏi" in ended.stdout and "50.0%" in ended.stdout

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("question\tcodes\n", "thiếu cột: behaviour"),
            ("question\tcodes\tbehaviour\na\t\tansver\n", "hoi.tsv:2: «behaviour»"),
            ("", "thiếu cột"),
            (None, "Không đọc được hoi.tsv"),
        ],
    )
    def test_a_faulty_file_is_one_line(
        self, quick: Quick, tmp_path: Path, content: str | None, expected: str
    ) -> None:
        if content is not None:
            (tmp_path / "hoi.tsv").write_text(content, "utf-8")
        assert expected in one_line(quick("eval", "hoi.tsv", "--json"))


class TestKnowledge:
    def test_the_shipped_knowledge_is_without_fault(self, quick: Quick) -> None:
        ended = quick("kb", "check")
        assert ended.returncode == 0, ended.stderr
        assert "không có lỗi" in ended.stdout

    def test_all_faults_are_named_at_once_with_file_and_line(
        self, quick: Quick, knowledge_copy: Path
    ) -> None:
        birth = knowledge_copy / BIRTH_FILE
        birth.write_text(birth.read_text("utf-8").replace("le_phi:", "le_phii:"), "utf-8")
        prompts = next((knowledge_copy / "loi_noi").glob("*.yml"))
        prompts.write_text(prompts.read_text("utf-8") + "hong: [\n", "utf-8")
        ended = quick("kb", "check", MOTCUA_KNOWLEDGE=knowledge_copy)
        assert ended.returncode == 1 and ended.stdout == ""
        assert f"{BIRTH_FILE}:" in ended.stderr
        assert "le_phii" in ended.stderr and "le_phi»" in ended.stderr  # the nearest right one
        assert "Traceback" not in ended.stderr

    def test_a_folder_that_is_not_there(self, quick: Quick, tmp_path: Path) -> None:
        ended = quick("kb", "check", MOTCUA_KNOWLEDGE=tmp_path / "none")
        assert ended.returncode == 1 and "Traceback" not in ended.stderr

    def test_show(self, quick: Quick) -> None:
        shown = quick("kb", "show", "1.001193")
        assert shown.returncode == 0
        assert "Giấy chứng sinh" in shown.stdout and "── fee ──" in shown.stdout
        assert quick("kb", "show", "9.999999").returncode == 1


class TestMistakes:
    @pytest.mark.parametrize("command", [("run",), ("kb", "check"), ("ask", "x"), ("train",)])
    def test_a_wrong_setting_is_one_line_without_its_value(
        self, quick: Quick, command: tuple[str, ...]
    ) -> None:
        line = one_line(quick(*command, MOTCUA_PORT="abc"))
        assert "MOTCUA_PORT" in line and "abc" not in line

    @pytest.mark.parametrize(
        "command", [(), ("nonsense",), ("kb",), ("ask",), ("eval",), ("kb", "show")]
    )
    def test_an_unknown_command_is_one_line(self, quick: Quick, command: tuple[str, ...]) -> None:
        assert "--help" in one_line(quick(*command), status=2)

    def test_help_names_all_commands(self, quick: Quick) -> None:
        ended = quick("--help")
        assert ended.returncode == 0
        for command in ("run", "ask", "eval", "train", "kb", "rasa"):
            assert f"    {command} " in ended.stdout


FAULTS = {
    "intent": (
        "nlu/rules.yml",
        "  - rule: hỏng\n    steps:\n      - intent: no_such_intent\n"
        "      - action: action_answer\n",
        "no_such_intent",
    ),
    "example": (
        "nlu/data/thank.yml",
        "  - intent: greet\n    examples: |\n      - câu này đứng hai nơi\n"
        "  - intent: thank\n    examples: |\n      - câu này đứng hai nơi\n",
        "câu này đứng hai nơi",
    ),
    "action": (
        "nlu/rules.yml",
        "  - rule: hỏng\n    steps:\n      - intent: greet\n      - action: action_no_such\n",
        "action_no_such",
    ),
}
ONE_AFTER_THE_OTHER = """
import json, sys
from bot.cli import main
for command in json.loads(sys.argv[1]):
    try:
        status = main(command)
    except SystemExit as end:
        status = end.code
    print(flush=True)
    print("=====", status, flush=True)
"""


class TestRasa:
    def test_the_project_is_valid(self, motcua: Motcua) -> None:
        ended = motcua("rasa", "data", "validate")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert "Story structure validation" in ended.stdout + ended.stderr  # it read the rules
        assert "UserWarning" not in ended.stderr

    @pytest.fixture(scope="class")
    def spoilt(
        self, var: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> dict[str, tuple[str, str]]:
        """Status and output of a validation by planted fault; one process, for speed."""
        commands = []
        for name, (file, planted, _) in FAULTS.items():
            project = tmp_path_factory.mktemp(name)
            shutil.copytree(PROJECT / "nlu" / "data", project / "nlu" / "data")
            shutil.copy(PROJECT / "nlu" / "rules.yml", project / "nlu")
            shutil.copy(PROJECT / "domain.yml", project)
            with (project / file).open("a", encoding="utf-8") as out:
                out.write(planted)
            places = ["--data", str(project / "nlu"), "--domain", str(project / "domain.yml")]
            commands.append(["rasa", "data", "validate", *places])
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", ONE_AFTER_THE_OTHER, json.dumps(commands)],
            cwd=PROJECT,
            env=os.environ | {"MOTCUA_VAR": str(var)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        parts = re.split(r"^===== (\d+)$", ended.stdout, flags=re.M)
        assert len(parts) == 2 * len(FAULTS) + 1, ended.stdout
        return dict(zip(FAULTS, zip(parts[1::2], parts[0::2], strict=False), strict=True))

    @pytest.mark.parametrize("name", FAULTS)
    def test_a_planted_fault_fails(self, spoilt: dict[str, tuple[str, str]], name: str) -> None:
        status, output = spoilt[name]
        assert status == "1"
        assert FAULTS[name][2] in output

    def test_nlu_test_writes_its_report(self, motcua: Motcua, tmp_path: Path) -> None:
        (tmp_path / "nlu.yml").write_text(
            'version: "3.1"\nnlu:\n'
            "  - intent: ask_fee\n    examples: |\n      - đăng ký kết hôn mất bao nhiêu tiền\n"
            "  - intent: greet\n    examples: |\n      - chào bạn\n",
            "utf-8",
        )
        ended = motcua("rasa", "test", "nlu", "--nlu", "nlu.yml", "--out", "ket_qua", "--no-plot")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        report = json.loads((tmp_path / "ket_qua" / "intent_report.json").read_text("utf-8"))
        assert report["greet"]["recall"] == 1.0
        assert report["accuracy"] == 1.0
