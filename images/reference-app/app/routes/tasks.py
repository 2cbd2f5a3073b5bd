"""Work that is done later, by the workers of a queue."""

import asyncio
import json
import uuid
from typing import Any, Literal

import psycopg
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from app import dependencies
from app.celery_app import QUEUES
from app.deadline import DependencyError
from app.dependencies.database import Database
from app.logs import log
from app.tasks import send

router = APIRouter(tags=["tasks"])


class NewTask(BaseModel):
    queue: Literal["markers", "notifications", "default"]
    payload: dict[str, Any] = Field(default_factory=dict)
    count: int = Field(default=1, ge=1, le=500)


def _database() -> Database:
    if dependencies.database is None:
        raise DependencyError("database", "this service was given none")
    return dependencies.database


@router.post("/tasks", status_code=202)
async def submit(task: NewTask) -> dict[str, object]:
    """Takes work on: it is written down first, so it is done even if the queue forgets it."""
    tasks = [str(uuid.uuid4()) for _ in range(task.count)]

    async def insert(connection: psycopg.AsyncConnection) -> None:
        rows = [(name, task.queue, json.dumps(task.payload)) for name in tasks]
        async with connection.cursor() as cursor:
            await cursor.executemany("INSERT INTO tasks (id, queue, payload) VALUES (%s, %s, %s)", rows)

    await _database().run(insert)
    try:
        await asyncio.wait_for(asyncio.to_thread(_send_all, task.queue, tasks), 10)
    except Exception as error:
        log.warning("%d tasks wait until the queue is back: %s", len(tasks), error)
    return {"tasks": tasks, "queue": task.queue}


def _send_all(queue: str, tasks: list[str]) -> None:
    for task in tasks:
        send(queue, task)


@router.get("/tasks/{task}")
async def state(task: uuid.UUID) -> dict[str, object]:
    async def select(connection: psycopg.AsyncConnection) -> list[tuple]:
        return await (
            await connection.execute(
                """SELECT tasks.queue, attempts, tasks.done_at, worker, release FROM tasks
                LEFT JOIN task_ledger ON task_id = tasks.id WHERE tasks.id = %s""",
                [task],
            )
        ).fetchall()

    rows = await _database().run(select)
    if not rows:
        raise HTTPException(404, "no such task")
    queue, attempts, done_at, *_ = rows[0]
    done_by = [{"worker": row[3], "release": row[4]} for row in rows if row[3]]
    return {"task": str(task), "queue": queue, "attempts": attempts, "done_at": done_at, "done_by": done_by}


@router.get("/queues")
async def queues() -> dict[str, object]:
    """How many tasks wait in each queue, are open, and are done; and how many were ever done twice."""

    async def select(connection: psycopg.AsyncConnection) -> tuple[list[tuple], tuple | None]:
        counts = await (
            await connection.execute("SELECT queue, count(*) FILTER (WHERE done_at IS NULL), count(done_at) FROM tasks GROUP BY queue")
        ).fetchall()
        twice = await (
            await connection.execute("SELECT count(*) FROM (SELECT FROM task_ledger GROUP BY task_id HAVING count(*) > 1) AS found")
        ).fetchone()
        return counts, twice

    (counts, twice), waiting = await asyncio.gather(_database().run(select), _waiting())
    found = {queue: {"open": open_, "done": done} for queue, open_, done in counts}
    none = {"open": 0, "done": 0}
    return {
        "queues": {queue: {"waiting": waiting[queue], **found.get(queue, none)} for queue in QUEUES},
        "done_twice": twice[0] if twice else 0,
    }


async def _waiting() -> dict[str, int]:
    if dependencies.cache is None:
        raise DependencyError("redis", "this service was given none")
    cache = dependencies.cache
    lengths = await asyncio.gather(*(cache.run(cache.client.llen(queue)) for queue in QUEUES))
    return dict(zip(QUEUES, lengths))
