"""
Serves an ASGI application through WSGI.

All requests of a process share one event loop, because connection pools belong to a loop. It runs in a thread
of its own, a real one also under gevent: asyncio on gevent's selector loses wake-ups when several connections
are waited for, and requests then hang until a timeout. uvloop uses none of the modules that gevent patches.
An answer is sent whole: there is no streaming, and there are no websockets in WSGI.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable
from http import HTTPStatus
from typing import Any

import uvloop
from starlette.types import ASGIApp, Message

from app.handover import new_handover, start_thread

ANSWER_SECONDS = 90
Answer = tuple[int, list[tuple[str, str]], bytes]


class Bridge:
    def __init__(self, app: ASGIApp, on_start: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """`on_start` runs in the loop, in the background: a WSGI server knows no start of its own."""
        self._app = app
        self._on_start = on_start
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        status, headers, content = self._ask(_scope(environ), body)
        start_response(f"{status} {_phrase(status)}", headers)
        return [content]

    def _ask(self, scope: dict[str, Any], body: bytes) -> Answer:
        give, take = new_handover()

        async def answer() -> None:
            try:
                give(await self._answer(scope, body))
            except BaseException as error:
                give(error)
                if not isinstance(error, Exception):
                    raise

        loop = self._running_loop()
        loop.call_soon_threadsafe(lambda: loop.create_task(answer()))
        result = take(ANSWER_SECONDS)
        if isinstance(result, BaseException):
            raise result
        return result

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        """Made at the first request and not at import: a thread does not survive the fork of `--preload`."""
        if self._loop is None or self._pid != os.getpid():
            self._loop, self._pid = uvloop.new_event_loop(), os.getpid()
            self._starting = self._loop.create_task(self._on_start())
            start_thread(self._loop.run_forever)
        return self._loop

    async def _answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        status, headers, content = 500, [], bytearray()

        async def receive() -> Message:
            return incoming.pop() if incoming else await asyncio.Future()

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in message["headers"]]
            elif message["type"] == "http.response.body":
                content.extend(message.get("body", b""))

        await self._app(scope, receive, send)
        return status, headers, bytes(content)


def _scope(environ: dict[str, Any]) -> dict[str, Any]:
    headers = [
        (key[5:].replace("_", "-").lower().encode("latin-1"), value.encode("latin-1"))
        for key, value in environ.items()
        if key.startswith("HTTP_")
    ]
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers.append((key.replace("_", "-").lower().encode(), environ[key].encode("latin-1")))
    path = environ.get("PATH_INFO", "").encode("latin-1")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").partition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "path": path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "root_path": environ.get("SCRIPT_NAME", ""),
        "headers": headers,
        "client": (environ.get("REMOTE_ADDR", ""), int(environ.get("REMOTE_PORT") or 0)),
        "server": (environ.get("SERVER_NAME", ""), int(environ.get("SERVER_PORT") or 0)),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
