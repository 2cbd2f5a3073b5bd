"""Content that is uploaded, kept, and looked at through a camera."""

import html
import mimetypes

import psycopg
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from app import content, dependencies
from app.deadline import DependencyError
from app.dependencies.database import Database
from app.seed import COMPANY

router = APIRouter(tags=["content"])


def _database() -> Database:
    if dependencies.database is None or not content.FOLDER:
        raise DependencyError("content", "this service was given no database or no folder")
    return dependencies.database


@router.put("/contents/{name}", status_code=201)
async def upload(name: str, request: Request) -> dict[str, object]:
    """Keeps the request's body under this name."""
    if not content.acceptable(name):
        raise HTTPException(422, "name: must be one plain file name of a known kind")
    database = _database()
    size, digest = await content.store(name, request.stream())
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"

    async def insert(connection: psycopg.AsyncConnection) -> None:
        await connection.execute(
            """INSERT INTO contents (name, company_id, media_type, bytes, sha256)
            SELECT %s, id, %s, %s, %s FROM companies WHERE name = %s
            ON CONFLICT (name) DO UPDATE SET media_type = excluded.media_type, bytes = excluded.bytes, sha256 = excluded.sha256""",
            [name, media_type, size, digest, COMPANY],
        )

    await database.run(insert)
    return {"name": name, "bytes": size, "sha256": digest, "url": f"/storage/{name}", "view": f"/ar/{name}"}


@router.get("/contents")
async def listing() -> dict[str, object]:
    async def select(connection: psycopg.AsyncConnection) -> list[tuple]:
        return await (await connection.execute("SELECT name, media_type, bytes, sha256 FROM contents ORDER BY name")).fetchall()

    return {"contents": [dict(zip(("name", "media_type", "bytes", "sha256"), row)) for row in await _database().run(select)]}


@router.get("/ar/{name}", response_class=HTMLResponse)
async def view(name: str) -> HTMLResponse:
    """The page behind a marker."""

    async def select(connection: psycopg.AsyncConnection) -> tuple | None:
        return await (await connection.execute("SELECT media_type, bytes FROM contents WHERE name = %s", [name])).fetchone()

    row = await _database().run(select)
    if row is None:
        raise HTTPException(404, "no such content")
    title, address = html.escape(name), html.escape(f"/storage/{name}", quote=True)
    show = f'<video controls src="{address}"></video>' if row[0].startswith("video/") else f'<img src="{address}" alt="{title}">'
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><h1>{title}</h1>{show}<p>{row[1]} bytes</p></html>"
    )
