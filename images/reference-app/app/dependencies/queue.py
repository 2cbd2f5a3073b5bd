"""A queue in Redis, and the workers that are alive behind it."""

import json
import time
import uuid

from app.deadline import DependencyError
from app.dependencies.cache import Cache
from app.dependencies.dependency import Dependency

_ALIVE_SECONDS = 10


class Queue(Dependency):
    kind = "queue"

    def __init__(self, cache: Cache, name: str) -> None:
        super().__init__(name)
        self._cache = cache
        self.key = f"queue:{name}"
        # worker → what it said last. One key and not one a worker: looking them up must not cost more
        # when Redis holds much else.
        self._workers = f"{self.key}:workers"

    def taken_key(self, worker: str) -> str:
        """The jobs a worker has taken and not finished."""
        return f"{self.key}:taken:{worker}"

    def answer_key(self, job: str) -> str:
        return f"{self.key}:answer:{job}"

    async def ping(self) -> dict[str, object]:
        alive = await self.workers()
        if not alive:
            raise DependencyError(self.name, "no worker is alive")
        return {"waiting": await self._cache.client.llen(self.key), "workers": alive}

    async def workers(self, alive: bool = True) -> list[dict[str, object]]:
        """Those that reported lately, or those that did not."""
        now = time.time()
        found = [json.loads(text) for text in (await self._cache.client.hgetall(self._workers)).values()]
        return [worker for worker in found if (now - worker.pop("at") < _ALIVE_SECONDS) == alive]

    async def report(self, worker: str, identity: dict[str, object]) -> None:
        text = json.dumps({**identity, "at": round(time.time(), 1)})
        await self._cache.run(self._cache.client.hset(self._workers, worker, text))

    async def sign_off(self, worker: str) -> None:
        await self._cache.run(self._cache.client.hdel(self._workers, worker))

    async def submit(self, payload: object, seconds: float) -> dict[str, object] | None:
        """Puts a job on the queue and waits for its answer; None when none came in time."""
        job = str(uuid.uuid4())
        await self._cache.run(self._cache.client.lpush(self.key, json.dumps({"id": job, "payload": payload})))
        found = await self._cache.run(self._cache.patient.blpop([self.answer_key(job)], seconds), seconds + 1)
        return json.loads(found[1]) if found else None
