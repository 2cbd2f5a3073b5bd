"""A file that says when the worker was last at work. Imports nothing heavy: the health check runs it every few seconds."""

import os
import time

_FILE = os.environ.get("HEARTBEAT_FILE", "/tmp/worker-heartbeat")
_STALE_SECONDS = 20


def beat() -> None:
    with open(_FILE, "w", encoding="utf-8") as file:
        file.write(str(time.time()))


def check() -> int:
    """0 when the heartbeat is fresh, for `exit`."""
    try:
        with open(_FILE, encoding="utf-8") as file:
            age = time.time() - float(file.read() or 0)
    except (OSError, ValueError):
        print("no heartbeat yet")
        return 1
    print(f"last heartbeat {age:.1f} s ago")
    return 0 if age < _STALE_SECONDS else 1
