"""Connections to PostgreSQL, opened when first needed, so a process never dies for want of a database."""

import asyncio
import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from app.settings import Address, settings

T = TypeVar("T")
Connection = psycopg.AsyncConnection
_FRESH_SECONDS = 1.0


class Pool:
    def __init__(self, where: Address, size: int) -> None:
        self._where = where
        self._size = size
        self._pool: AsyncConnectionPool | None = None
        self._last_use: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()

    async def use(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """:raises psycopg.Error: PoolTimeout when no connection is free or can be made 0.2 s before a dependency is late"""
        pool = await self._open()
        # After a restart of the server every one that lay in the pool is dead; what comes after the last is new.
        for _ in range(self._size):
            async with _lent(pool) as connection:
                if not await self._is_dead(connection):
                    return await self._work(connection, work)
        async with _lent(pool) as connection:
            return await self._work(connection, work)

    async def _work(self, connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
        result = await work(connection)
        self._last_use[connection] = time.monotonic()
        return result

    async def _is_dead(self, connection: Connection) -> bool:
        """
        One that has lain in the pool may have died there. A server that ends says so, and nobody has read it yet;
        one that vanished says nothing, so what hasn't been used for a second is asked.
        """
        if connection.closed or _has_input(connection):
            await connection.close()
            return True
        if time.monotonic() - self._last_use.get(connection, 0) < _FRESH_SECONDS:
            return False
        try:
            await connection.execute("SELECT 1")
            return False
        except psycopg.OperationalError:
            await connection.close()
            return True

    async def _open(self) -> AsyncConnectionPool:
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                conninfo=self._where.url,
                kwargs=_parameters(self._where),
                min_size=1,
                max_size=self._size,
                timeout=settings.dependency_seconds - 0.2,
                # More would only wait for their timeout.
                max_waiting=200,
                # Beyond this the pool stops trying and the next request starts it again, so that after
                # a long outage nobody waits for the end of a long pause between attempts.
                reconnect_timeout=3,
                open=False,
            )
            await self._pool.open()
        return self._pool


def _has_input(connection: Connection) -> bool:
    """Nothing is asked of it, so what there is to read is the server's last word, or that it hung up."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@asynccontextmanager
async def _lent(pool: AsyncConnectionPool) -> AsyncIterator[Connection]:
    """
    The pool loses a connection for good when its caller is cancelled while it takes or returns one. So both
    run in tasks of their own, which nobody cancels.
    """
    taking = _detached(pool.getconn())
    try:
        connection = await asyncio.shield(taking)
    except asyncio.CancelledError:
        taking.add_done_callback(lambda done: _return_late(pool, done))
        raise
    try:
        yield connection
    finally:
        await asyncio.shield(_detached(pool.putconn(connection)))


def _return_late(pool: AsyncConnectionPool, taken: "asyncio.Task[Connection]") -> None:
    if not taken.cancelled() and taken.exception() is None:
        _detached(pool.putconn(taken.result()))


_running: set[asyncio.Task] = set()


def _detached(work: Awaitable[T]) -> "asyncio.Task[T]":
    """A task that is kept alive until it has ended, whoever waits for it."""
    task = asyncio.ensure_future(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


def _parameters(where: Address) -> dict[str, object]:
    return {
        # One statement is one round trip; what needs a transaction says so.
        "autocommit": True,
        "application_name": settings.service,
        "connect_timeout": round(settings.dependency_seconds),
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "options": f"{conninfo_to_dict(where.url).get('options', '')} -c statement_timeout={round(settings.dependency_seconds * 1000) + 3000}".strip(),
    }
