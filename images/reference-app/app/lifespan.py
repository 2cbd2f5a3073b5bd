"""Start and end of an ASGI server process."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.dependencies import warm
from app.logs import log
from app.routes.websocket import open_sockets
from app.settings import settings

# What is left of the grace for the server's own shutdown.
_RESERVE_SECONDS = 4.0


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """
    uvicorn closes open websockets at once when it gets SIGTERM. They are let finish first: its handler runs
    when the last one has gone, or shortly before the grace ends.
    """
    previous = signal.getsignal(signal.SIGTERM)
    loop = asyncio.get_running_loop()
    waiting: set[asyncio.Task] = set()

    async def drain() -> None:
        deadline = time.monotonic() + max(settings.graceful_timeout - _RESERVE_SECONDS, 0)
        if open_sockets:
            log.info("draining %d websockets", len(open_sockets))
        while open_sockets and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        if callable(previous):
            previous(signal.SIGTERM, None)

    def on_term(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(lambda: waiting.add(loop.create_task(drain())))

    if callable(previous):
        signal.signal(signal.SIGTERM, on_term)
    warming = asyncio.ensure_future(warm())
    log.info("ready to serve")
    yield
    warming.cancel()
