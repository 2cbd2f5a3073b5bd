"""
Tasks are rows in PostgreSQL first and messages second. A task's effect and its entry in the ledger are one
transaction under the row's lock, so a message that comes twice, or to two workers, does its work once.
"""

import os
from collections.abc import Callable

import psycopg

from app.settings import settings, value

_connection: tuple[int, psycopg.Connection] | None = None


def connection() -> psycopg.Connection:
    """This process's own: one that was opened before a fork belongs to another."""
    global _connection
    if _connection is None or _connection[0] != os.getpid() or _connection[1].closed:
        options = "-c lock_timeout=30000 -c idle_in_transaction_session_timeout=60000"
        opened = psycopg.connect(
            value("DATABASE_URL"), autocommit=True, connect_timeout=3, application_name=settings.service, options=options
        )
        _connection = (os.getpid(), opened)
    return _connection[1]


def complete(task: str, work: Callable[[dict], None]) -> str:
    """Does a task's work unless it is done: "done", "already done" or "unknown"."""
    database = connection()
    database.execute("UPDATE tasks SET attempts = attempts + 1 WHERE id = %s AND done_at IS NULL", [task])
    with database.transaction():
        row = database.execute("SELECT queue, payload, done_at FROM tasks WHERE id = %s FOR UPDATE", [task]).fetchone()
        if row is None:
            return "unknown"
        queue, payload, done_at = row
        if done_at is not None:
            return "already done"
        work(payload)
        database.execute(
            "INSERT INTO task_ledger (task_id, queue, worker, release) VALUES (%s, %s, %s, %s)",
            [task, queue, settings.hostname, settings.release],
        )
        database.execute("UPDATE tasks SET done_at = now() WHERE id = %s", [task])
        return "done"


def lost(queue: str, older_than_seconds: int, most: int = 500) -> list[str]:
    """Takes up to `most` tasks of a queue that have waited that long, and counts them as queued now."""
    rows = connection().execute(
        """UPDATE tasks SET queued_at = now() WHERE id IN (
            SELECT id FROM tasks WHERE queue = %s AND done_at IS NULL AND queued_at < now() - make_interval(secs => %s)
            ORDER BY queued_at LIMIT %s FOR UPDATE SKIP LOCKED
        ) RETURNING id""",
        [queue, older_than_seconds, most],
    )
    return [str(row[0]) for row in rows]
