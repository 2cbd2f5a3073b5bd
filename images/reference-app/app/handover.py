"""How the thread of the event loop hands a result to whoever waits for it: a greenlet or another thread."""

import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

Handover = tuple[Callable[[Any], None], Callable[[float], Any]]


def under_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("threading")


def new_handover() -> Handover:
    """`give(result)` from the loop's thread, `take(seconds)` where it is awaited."""
    return _between_greenlets() if under_gevent() else _between_threads()


def start_thread(run: Callable[[], None]) -> None:
    """A thread of the operating system, whatever was patched."""
    if under_gevent():
        from gevent.monkey import get_original

        get_original("_thread", "start_new_thread")(run, ())
    else:
        threading.Thread(target=run, name="asgi", daemon=True).start()


def _between_threads() -> Handover:
    results: SimpleQueue[Any] = SimpleQueue()
    return results.put, lambda seconds: results.get(timeout=seconds)


def _between_greenlets() -> Handover:
    """Of a gevent loop only `run_callback_threadsafe` may be used from another thread; it also wakes the loop."""
    from gevent import get_hub
    from gevent.event import AsyncResult

    hub, result = get_hub(), AsyncResult()

    def give(value: Any) -> None:
        hub.loop.run_callback_threadsafe(result.set, value)

    return give, lambda seconds: result.get(timeout=seconds)
