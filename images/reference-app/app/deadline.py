"""A bound on time that holds even when what is awaited refuses to be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_left_behind: set[asyncio.Task] = set()


class DependencyError(Exception):
    """A dependency did not do its part; answered with 503."""

    def __init__(self, dependency: str, reason: str) -> None:
        super().__init__(f"{dependency}: {reason}")
        self.dependency = dependency
        self.reason = reason


async def within(seconds: float, dependency: str, work: Coroutine[Any, Any, T]) -> T:
    """
    `asyncio.timeout` waits until the cancelled task has ended, and psycopg ends only after the server
    has answered its cancel request: never, when the server hangs. So a late task is left to end alone.
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done:
        return task.result()
    task.cancel()
    _left_behind.add(task)
    task.add_done_callback(_forget)
    raise DependencyError(dependency, f"no answer within {seconds:g} s")


def _forget(task: asyncio.Task) -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()
