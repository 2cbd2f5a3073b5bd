"""The work of each queue. Every task names its row in the database, and does nothing a second time."""

import hashlib
import time

from app import ledger, s3
from app.celery_app import QUEUES, VISIBILITY_SECONDS, celery
from app.logs import log

_again = {"autoretry_for": (Exception,), "retry_backoff": 1, "retry_backoff_max": 10, "max_retries": 5}


@celery.task(name="app.tasks.generate_marker", **_again)
def generate_marker(task: str) -> None:
    def work(payload: dict) -> None:
        _pause(payload)
        content = payload.get("content")
        if content and s3.store:
            s3.store.put(f"markers/{content}.svg", marker(content).encode(), "image/svg+xml")

    ledger.complete(task, work)


@celery.task(name="app.tasks.send_notification", **_again)
def send_notification(task: str) -> None:
    def work(payload: dict) -> None:
        _pause(payload)
        log.info("notification %s", task)

    ledger.complete(task, work)


@celery.task(name="app.tasks.general", **_again)
def general(task: str) -> None:
    ledger.complete(task, _pause)


@celery.task(name="app.tasks.send_again")
def send_again() -> None:
    """
    Redis may have evicted a message, or lost its last second when it was killed: then a task waits while its queue
    is empty. It is sent once more, and the ledger sees to it that it is done once.
    """
    with celery.connection_for_write() as connection:
        client = connection.default_channel.client
        for queue in QUEUES:
            if client.llen(queue) > 0:
                continue
            tasks = ledger.lost(queue, VISIBILITY_SECONDS)
            if tasks:
                log.warning("sending %d tasks of %s again", len(tasks), queue)
            for task in tasks:
                send(queue, task)


_by_queue = {"markers": generate_marker, "notifications": send_notification, "default": general}


def send(queue: str, task: str) -> None:
    _by_queue[queue].apply_async([task], queue=queue)


def _pause(payload: dict) -> None:
    """Stands for real work."""
    time.sleep(min(float(payload.get("seconds", 0)), 40))


def marker(content: str) -> str:
    """A picture that a camera can find again: the same for the same content."""
    bits = hashlib.sha256(content.encode()).digest()
    cells = (
        f'<rect x="{i % 16}" y="{i // 16}" width="1" height="1"/>' for i in range(256) if bits[i // 8] >> (i % 8) & 1
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{"".join(cells)}</svg>'
