"""A row in the database."""

import psycopg
from fastapi import APIRouter
from pydantic import BaseModel, Field

from app import dependencies
from app.deadline import DependencyError
from app.dependencies.database import Database
from app.settings import settings

router = APIRouter(tags=["items"])


class NewItem(BaseModel):
    text: str = Field(default="", max_length=1000)


def _database() -> Database:
    if dependencies.database is None:
        raise DependencyError("database", "this service was given none")
    return dependencies.database


@router.post("/items", status_code=201)
async def create(item: NewItem | None = None) -> dict[str, object]:
    """Writes a row."""

    async def insert(connection: psycopg.AsyncConnection) -> int:
        cursor = await connection.execute(
            "INSERT INTO items (text, service, release, host) VALUES (%s, %s, %s, %s) RETURNING id",
            [item.text if item else "", settings.service, settings.release, settings.hostname],
        )
        row = await cursor.fetchone()
        assert row is not None
        return row[0]

    return {"id": await _database().run(insert), "release": settings.release}


@router.get("/items")
async def latest() -> dict[str, object]:
    """How many rows there are, and the last ten."""

    async def select(connection: psycopg.AsyncConnection) -> dict[str, object]:
        count = await (await connection.execute("SELECT count(*) FROM items")).fetchone()
        cursor = await connection.execute(
            "SELECT id, text, service, release, host, created_at FROM items ORDER BY id DESC LIMIT 10"
        )
        names = [column.name for column in cursor.description or []]
        return {"count": count[0] if count else 0, "items": [dict(zip(names, row)) for row in await cursor.fetchall()]}

    return await _database().run(select)
