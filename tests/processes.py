"""A real Một Cửa for tests: gateway and worker as processes, with a port and data of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.settings import PROJECT

START_SECONDS = 90


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A started service."""

    process: subprocess.Popen[bytes]
    port: int
    var: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> tuple[int, Any]:
        return self.request("GET", path)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, data)

    def request(self, method: str, path: str, data: bytes | None = None) -> tuple[int, Any]:
        """Status and body (parsed where it is JSON)."""
        request = urllib.request.Request(
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, _parse(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _parse(error.read())

    def ask(self, sender: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """The replies to one message."""
        status, body = self.post("/api/v1/messages", {"sender": sender, "text": text, **more})
        assert status == 200, body
        return list(body["replies"])

    def worker_pid(self) -> int:
        """The process id of the worker."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        return int(found.stdout.split()[0])

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended: {self.log.read_text()}")
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"the service did not get ready: {self.log.read_text()}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def start(var: Path, models: Path, environment: Mapping[str, str] | None = None) -> Running:
    """Start ``motcua run`` with its data below ``var`` and wait until it answers."""
    var.mkdir(parents=True, exist_ok=True)
    if not (var / "models").exists():
        (var / "models").symlink_to(models)
    port = free_port()
    log = var / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bot", "run"],
            cwd=PROJECT,
            env={
                **os.environ,
                "MOTCUA_PORT": str(port),
                "MOTCUA_VAR": str(var),
                **(environment or {}),
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    running = Running(process, port, var, log)
    running.wait_ready()
    return running


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
