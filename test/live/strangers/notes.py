"""An API as a stranger writes it: its database by one variable, its files in a folder of its own."""

import os
from pathlib import Path

from fastapi import FastAPI, Response
from sqlalchemy import create_engine, text

engine = create_engine(os.environ["DATABASE_URL"])
notes = Path("/app/data/notes.txt")
app = FastAPI()


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/api/notes")
def add(note: str, response: Response) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS notes (note text)"))
        connection.execute(text("INSERT INTO notes VALUES (:note)"), {"note": note})
    with notes.open("a", encoding="utf-8") as file:
        file.write(f"{note}\n")
    response.status_code = 201


@app.get("/api/notes")
def all_notes() -> dict[str, object]:
    with engine.connect() as connection:
        stored = [row.note for row in connection.execute(text("SELECT note FROM notes"))]
    # Some libraries want the parts, and one of them from a file.
    password = Path(os.environ["DB_PASSWORD_FILE"]).read_text(encoding="utf-8")
    parts = f"{os.environ['DB_HOST']}:{os.environ['DB_PORT']} {password == engine.url.password}"
    return {"stored": stored, "written": notes.read_text(encoding="utf-8").split(), "parts": parts}
