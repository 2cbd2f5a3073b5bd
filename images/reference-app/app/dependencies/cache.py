"""Redis."""

from collections.abc import Awaitable
from typing import TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.deadline import DependencyError, within
from app.dependencies.dependency import Dependency, reason
from app.settings import Address, settings

T = TypeVar("T")


class Cache(Dependency):
    kind = "redis"

    def __init__(self, where: Address) -> None:
        super().__init__(where.host)
        self._where = where
        self.client = self._connect(socket_timeout=settings.dependency_seconds)
        # For commands that wait on the server's side.
        self.patient = self._connect(socket_timeout=15)

    async def ping(self) -> dict[str, object]:
        await self.client.ping()
        return {}

    async def run(self, command: Awaitable[T], seconds: float = settings.dependency_seconds + 0.5) -> T:
        """:raises DependencyError: when Redis cannot do it within that time"""
        try:
            return await within(seconds, self.name, command)
        except (RedisError, OSError) as error:
            raise DependencyError(self.name, reason(error)) from None

    def _connect(self, socket_timeout: float) -> Redis:
        return Redis.from_url(
            self._where.url,
            socket_connect_timeout=settings.dependency_seconds - 0.5,
            socket_timeout=socket_timeout,
            # Once more, for a connection that died while it lay in the pool.
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
        )
