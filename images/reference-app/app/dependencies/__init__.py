"""Everything this process was handed, by name, with one way to ask each whether it works."""

from app.dependencies.cache import Cache
from app.dependencies.database import Database
from app.dependencies.dependency import Dependency
from app.dependencies.object_store import ObjectStore
from app.dependencies.peer import Peer
from app.dependencies.queue import Queue
from app.s3 import store
from app.settings import settings

database = Database(settings.database, settings.pool_size) if settings.database else None
cache = Cache(settings.redis) if settings.redis else None
queue = Queue(cache, settings.queue) if cache and settings.queue else None
object_store = ObjectStore(store) if store else None
peers = [Peer(name, where) for name, where in settings.peers.items()]

everything: list[Dependency] = [*filter(None, (database, cache, queue, object_store)), *peers]


async def warm() -> None:
    """Once a process, in the background."""
    if database is not None:
        await database.warm()
