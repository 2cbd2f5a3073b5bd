"""An S3-compatible object store."""

import asyncio

from app.dependencies.dependency import Dependency
from app.s3 import Store


class ObjectStore(Dependency):
    kind = "s3"

    def __init__(self, store: Store) -> None:
        super().__init__(store.host)
        self._store = store

    async def ping(self) -> dict[str, object]:
        await asyncio.to_thread(self._store.check)
        return {"bucket": self._store.bucket}
