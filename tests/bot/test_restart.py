"""Processes that die, and how all of them end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bot.parent import end_with_parent
from store.settings import PROJECT
from tests.processes import Running, free_port, start

pytestmark = pytest.mark.slow

BACK_SECONDS = 20.0
BIRTH = "1.001193"


@pytest.fixture(scope="module")
def service(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    own = start(tmp_path_factory.mktemp("restart"), models)
    yield own
    if own.process.poll() is None:
        own.stop()


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def test_a_killed_worker_is_back_and_the_conversation_goes_on(service: Running) -> None:
    sender = uuid.uuid4().hex
    first = service.ask(sender, "lam giay khai sinh cho con can nhung gi", id="1")
    assert first[0]["procedure"] == BIRTH
    killed = service.worker_pid()
    os.kill(killed, signal.SIGKILL)
    started = time.monotonic()

    status, body = service.get("/healthz")
    assert status == 503 and body["ok"] is False
    body = {"sender": sender, "text": "mất bao nhiêu tiền", "id": "2"}
    status, answer = service.post("/api/v1/messages", body)
    assert status in (200, 503)
    if status == 503:
        assert "Hệ thống đang bận" in answer["error"]["message"]
    assert service.get("/")[0] == 200  # the page is there meanwhile

    service.wait_ready(BACK_SECONDS)
    assert time.monotonic() - started < BACK_SECONDS
    assert service.worker_pid() != killed
    # The message that was refused is sent again under its id, and knows what was talked about.
    (reply,) = service.ask(sender, "mất bao nhiêu tiền", id="2")
    assert (reply["procedure"], reply["facet"]) == (BIRTH, "fee")
    # What was answered before the kill is answered alike, and stands in the history once.
    again = service.ask(sender, "lam giay khai sinh cho con can nhung gi", id="1")
    assert again == first
    _, history = service.get(f"/api/v1/messages?sender={sender}")
    assert len(history["messages"]) == 2


def test_a_second_service_on_the_same_port_says_so(service: Running, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(service.var / "models")
    environment = {"MOTCUA_PORT": str(service.port), "MOTCUA_VAR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "run"],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert f"không mở được cổng {service.port}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert service.get("/healthz")[0] == 200


def test_the_worker_socket_is_for_its_owner_only(service: Running) -> None:
    assert (service.var / "worker.sock").stat().st_mode & 0o077 == 0


def test_nothing_but_the_gateway_listens_on_the_network(service: Running) -> None:
    processes = [psutil.Process(service.process.pid), *descendants(service.process.pid)]
    listening = [
        connection.laddr
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", service.port)]


def test_sigterm_ends_all_processes(service: Running) -> None:
    """The last test that uses the service: ends it."""
    children = descendants(service.process.pid)
    assert children
    started = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - started < 12
    assert gone(children, 2)
    assert "Traceback" not in service.log.read_text()
    with pytest.raises(OSError):
        service.get("/healthz")


def test_a_killed_gateway_leaves_no_worker_behind(models: Path, tmp_path: Path) -> None:
    own = start(tmp_path, models)
    children = descendants(own.process.pid)
    assert children
    own.process.kill()
    own.process.wait(timeout=10)
    assert gone(children, 15)


def test_sigterm_while_starting_ends_all(models: Path, tmp_path: Path) -> None:
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
    process.terminate()
    process.wait(timeout=20)
    assert gone(children, 15)


def test_end_with_parent_leaves_a_process_alone_whose_parent_lives() -> None:
    code = f"from {end_with_parent.__module__} import *; end_with_parent(); time.sleep(2.5)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, timeout=30).returncode == 0
