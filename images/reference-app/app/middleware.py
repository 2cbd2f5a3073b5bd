"""Says on every answer who gave it, and counts it. Plain ASGI: it runs on every request."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.settings import settings

_HEADERS = [
    (b"x-service", settings.service.encode("latin-1", "replace")),
    (b"x-release", settings.release.encode("latin-1", "replace")),
    (b"x-container", settings.hostname.encode("latin-1", "replace")),
]


class Identity:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()

        async def send_identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
                route = scope.get("route")
                # The route's pattern and not the path: a scanner must not fill the memory with label values.
                path = getattr(route, "path", "unmatched")
                metrics.requests.labels(scope["method"], path, message["status"]).inc()
                metrics.seconds.labels(path).observe(time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, send_identified)
