"""Another service of the system, over HTTP."""

import asyncio
import json

from app.deadline import DependencyError, within
from app.dependencies.dependency import Dependency
from app.settings import Address, settings

_LIMIT = 64 * 1024


class Peer(Dependency):
    """Asked for its /health and not its /ready, so that two services may be each other's peers."""

    kind = "http"

    def __init__(self, name: str, where: Address) -> None:
        super().__init__(name)
        self._where = where

    async def ping(self) -> dict[str, object]:
        status, body = await self._get("/health")
        if status != 200:
            raise DependencyError(self.name, f"answered {status}")
        try:
            answer = json.loads(body)
            return {key: answer[key] for key in ("release", "host") if key in answer}
        except (ValueError, TypeError):
            return {}

    async def map(self) -> list[dict[str, object]]:
        """What it depends on; nothing when it doesn't say."""
        try:
            _, body = await within(settings.dependency_seconds + 0.8, self.name, self._get("/map?peers=false"))
            return json.loads(body)["dependencies"]
        except Exception:
            return []

    async def _get(self, path: str) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection(self._where.host, self._where.port, limit=_LIMIT)
        try:
            base = "/" + self._where.path.strip("/") if self._where.path else ""
            lines = [f"GET {base}{path} HTTP/1.0", f"Host: {self._where.host}:{self._where.port}", "Accept: application/json"]
            writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            await writer.drain()
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        try:
            return int(head.split(b" ", 2)[1]), body
        except (IndexError, ValueError):
            raise DependencyError(self.name, "did not answer in HTTP") from None
