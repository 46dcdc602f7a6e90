"""Processes that die, and how all of them end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from bot.parent import end_with_parent
from store.settings import PROJECT
from tests.processes import Running, free_port

pytestmark = pytest.mark.slow

BACK_SECONDS = 20.0
BIRTH = "1.001193"


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def test_a_killed_worker_is_back_and_the_conversation_goes_on(own: Running) -> None:
    sender = uuid.uuid4().hex
    first = own.ask(sender, "lam giay khai sinh cho con can nhung gi", id="1")
    assert first[0]["procedure"] == BIRTH
    killed = own.worker_pid()
    os.kill(killed, signal.SIGKILL)
    started = time.monotonic()

    status, body = own.get("/healthz")
    assert status == 503 and body["ok"] is False
    body = {"sender": sender, "text": "mất bao nhiêu tiền", "id": "2"}
    status, answer = own.post("/api/v1/messages", body)
    assert status in (200, 503)
    if status == 503:
        assert "Hệ thống đang bận" in answer["error"]["message"]
    assert own.get("/")[0] == 200  # the page is there meanwhile

    own.wait_ready(BACK_SECONDS)
    assert time.monotonic() - started < BACK_SECONDS
    assert own.worker_pid() != killed
    # The message that was refused is sent again under its id, and knows what was talked about.
    (reply,) = own.ask(sender, "mất bao nhiêu tiền", id="2")
    assert (reply["procedure"], reply["facet"]) == (BIRTH, "fee")
    # What was answered before the kill is answered alike, and stands in the history once.
    again = own.ask(sender, "lam giay khai sinh cho con can nhung gi", id="1")
    assert again == first
    _, history = own.get(f"/api/v1/messages?sender={sender}")
    assert len(history["messages"]) == 2


def test_a_second_service_on_the_same_port_says_so(own: Running, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(own.var / "models")
    environment = {"MOTCUA_PORT": str(own.port), "MOTCUA_VAR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "run"],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert f"không mở được cổng {own.port}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert own.get("/healthz")[0] == 200


def test_the_worker_socket_is_for_its_owner_only(own: Running) -> None:
    assert (own.var / "worker.sock").stat().st_mode & 0o077 == 0


def test_nothing_but_the_gateway_listens_on_the_network(own: Running) -> None:
    processes = [psutil.Process(own.process.pid), *descendants(own.process.pid)]
    listening = [
        connection.laddr
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", own.port)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_a_gateway_that_ends_while_starting_leaves_no_worker_behind(
    models: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "models").symlink_to(models)
    environment = {"MOTCUA_PORT": str(free_port()), "MOTCUA_VAR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bot", "run"],
        cwd=PROJECT,
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 30
    while not (children := descendants(process.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    assert children
    process.send_signal(number)
    process.wait(timeout=20)
    assert gone(children, 20)


def test_end_with_parent_leaves_a_process_alone_whose_parent_lives() -> None:
    code = f"from {end_with_parent.__module__} import *; end_with_parent(); time.sleep(2.5)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, timeout=30).returncode == 0


def test_sigterm_ends_all_processes(own: Running) -> None:
    """The last test that uses the service: ends it."""
    children = descendants(own.process.pid)
    assert children
    started = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - started < 12
    assert gone(children, 2)
    assert "Traceback" not in own.log.read_text()
    with pytest.raises(OSError):
        own.get("/healthz")
