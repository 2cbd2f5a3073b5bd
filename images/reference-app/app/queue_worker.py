"""
Takes jobs from the queue, one at a time, until it is told to stop.

A job lies in the worker's own list until it is done, so it survives a kill: whoever sees that list
without a living owner puts its jobs back.
"""

import asyncio
import json
import os
import signal
import time

from app import logs
from app.deadline import DependencyError
from app.dependencies import cache, queue
from app.dependencies.cache import Cache
from app.dependencies.queue import Queue
from app.heartbeat import beat
from app.logs import log
from app.settings import settings

_POLL_SECONDS = 2
_TASK_SECONDS = float(os.environ.get("TASK_SECONDS", "0.02"))


def device() -> str:
    return "gpu" if os.path.exists("/dev/nvidia0") else "cpu"


def identity() -> dict[str, object]:
    return {"worker": settings.hostname, "service": settings.service, "release": settings.release, "device": device()}


async def perform(payload: object) -> dict[str, object]:
    """Stands for the real work; a payload of {"seconds": N} takes that long."""
    seconds = payload.get("seconds", _TASK_SECONDS) if isinstance(payload, dict) else _TASK_SECONDS
    await asyncio.sleep(min(float(seconds), 60))
    return {"payload": payload, **identity()}


class Worker:
    def __init__(self, store: Cache, jobs: Queue) -> None:
        self._store = store
        self._jobs = jobs
        self._stopping = asyncio.Event()
        self._taken = jobs.taken_key(settings.hostname)

    def stop(self) -> None:
        log.info("finishing the current job")
        self._stopping.set()

    async def run(self) -> None:
        log.info("worker on %s, device %s", self._jobs.name, device())
        alive = asyncio.create_task(self._keep_alive())
        while not self._stopping.is_set():
            try:
                await self._next()
            except DependencyError as error:
                log.warning("%s", error)
                await asyncio.sleep(1)
        alive.cancel()
        try:
            await self._jobs.sign_off(settings.hostname)
        except DependencyError:
            pass

    async def _next(self) -> None:
        take = self._store.patient.blmove(self._jobs.key, self._taken, _POLL_SECONDS, "RIGHT", "LEFT")
        text = await self._store.run(take, _POLL_SECONDS + 2)
        if text is None:
            await self._adopt()
            return
        job = json.loads(text)
        started = time.perf_counter()
        answer = {"id": job["id"], **await perform(job.get("payload"))}
        answer["took_ms"] = round((time.perf_counter() - started) * 1000, 1)
        await self._store.run(self._finish(job["id"], text, json.dumps(answer)))

    async def _finish(self, job: str, text: str, answer: str) -> None:
        key = self._jobs.answer_key(job)
        async with self._store.client.pipeline(transaction=True) as pipe:
            pipe.rpush(key, answer)
            pipe.expire(key, 60)
            pipe.lrem(self._taken, 1, text)
            await pipe.execute()

    async def _keep_alive(self) -> None:
        """Touched only while Redis answers, so the health check sees a worker that lost its queue."""
        while True:
            try:
                await self._jobs.report(settings.hostname, identity())
                beat()
            except DependencyError as error:
                log.warning("%s", error)
            await asyncio.sleep(1)

    async def _adopt(self) -> None:
        """Puts back what workers that are gone had taken, and what it had itself before a restart."""
        gone = [str(worker["worker"]) for worker in await self._store.run(self._jobs.workers(alive=False))]
        for owner in (*gone, settings.hostname):
            while await self._store.run(self._store.client.lmove(self._jobs.taken_key(owner), self._jobs.key, "RIGHT", "RIGHT")):
                log.info("put back a job of %s", owner)
        for owner in gone:
            await self._jobs.sign_off(owner)


async def main() -> None:
    logs.setup()
    if cache is None or queue is None:
        raise SystemExit("the worker needs REDIS_URL and QUEUE")
    worker = Worker(cache, queue)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()
