"""A child process of ours ends with its parent, also where the parent was killed."""

from __future__ import annotations

import os
import signal
import threading
import time

PARENT = "MOTCUA_PARENT"
"""Environment variable in which a child of ours finds its parent's process id: when the child comes
to look for itself, the parent may be gone."""
SECONDS = 1.0
GRACE_SECONDS = 10.0


def end_with_parent() -> None:
    """From now on, end this process politely once its parent is gone, else by force."""
    parent = int(os.environ.get(PARENT) or os.getppid())
    threading.Thread(target=_follow, args=(parent,), name="follow-parent", daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
