"""A throw-away PostgreSQL on loopback, where its server is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.processes import free_port

INSTALLED = Path("/usr/lib/postgresql")
START_SECONDS = 30


def server_folder() -> Path | None:
    """Where the newest server's programs lie."""
    found = sorted(INSTALLED.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def throw_away_server(programs: Path) -> Iterator[str]:
    """A server with nothing in it; gives its URL."""
    folder = Path(tempfile.mkdtemp(prefix="motcua-postgres-"))
    user = _user_for(folder)
    data, port = folder / "data", free_port()
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "motcua", "-A", "trust", "-E", "UTF8"],
            user=user,
            check=True,
            capture_output=True,
            cwd=folder,
        )
        options = ["-h", "127.0.0.1", "-p", str(port), "-k", "", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *options],
                user=user,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        try:
            url = f"postgresql://motcua@127.0.0.1:{port}/postgres"
            _wait(url)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user_for(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then somebody else owns its folder."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return user


def _wait(url: str) -> None:
    engine = create_engine(url, future=True)
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(text("select 1"))
            break
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    engine.dispose()
