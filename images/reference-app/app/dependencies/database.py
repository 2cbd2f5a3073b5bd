"""PostgreSQL, as the routes use it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from psycopg_pool import PoolTimeout, TooManyRequests

from app.deadline import DependencyError, within
from app.dependencies.dependency import Dependency, reason
from app.dependencies.pool import Pool
from app.migrations import migrate
from app.settings import Address, settings

T = TypeVar("T")
Work = Callable[[psycopg.AsyncConnection], Awaitable[T]]
QUERY_SECONDS = settings.dependency_seconds + 0.2


class Database(Dependency):
    kind = "postgres"

    def __init__(self, where: Address, size: int) -> None:
        super().__init__(where.host)
        self._where = where
        self._pool = Pool(where, size)
        self._migrated = False
        self._migrating = asyncio.Lock()

    async def ping(self) -> dict[str, object]:
        async def select(connection: psycopg.AsyncConnection) -> None:
            await connection.execute("SELECT 1")

        await self._pool.use(select)
        return {"database": self._where.path}

    async def run(self, work: Work[T]) -> T:
        """
        Runs `work` on a migrated database; every statement commits by itself.
        :raises DependencyError: when the database cannot do it within QUERY_SECONDS
        """
        try:
            return await within(QUERY_SECONDS, self.name, self._run(work))
        except (psycopg.Error, PoolTimeout, TooManyRequests) as error:
            raise DependencyError(self.name, reason(error)) from None

    async def warm(self) -> None:
        """So that the first requests don't wait for a login and the migrations. It may fail: they try again."""
        try:
            await self._migrate()
        except (psycopg.Error, PoolTimeout):
            pass

    async def _run(self, work: Work[T]) -> T:
        await self._migrate()
        try:
            return await self._pool.use(work)
        except psycopg.errors.UndefinedTable:
            # Somebody put another, empty database in its place.
            self._migrated = False
            await self._migrate()
            return await self._pool.use(work)

    async def _migrate(self) -> None:
        if self._migrated:
            return
        async with self._migrating:
            if not self._migrated:
                await self._pool.use(migrate)
                self._migrated = True
