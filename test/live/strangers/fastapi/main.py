import logging
import os

import psycopg
import redis
from fastapi import FastAPI
from pydantic import BaseModel

os.makedirs("logs", exist_ok=True)
logging.basicConfig(filename="logs/app.log", level=logging.INFO, format="%(asctime)s %(message)s")
log = logging.getLogger("places")

app = FastAPI(title="Places")
cache = redis.from_url(os.environ["REDIS_URL"])


class Place(BaseModel):
    name: str


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"])


def create_tables():
    with connect() as db:
        db.execute("CREATE TABLE IF NOT EXISTS places (id serial PRIMARY KEY, name text NOT NULL)")


@app.post("/api/places", status_code=201)
def add(place: Place):
    with connect() as db:
        row = db.execute("INSERT INTO places (name) VALUES (%s) RETURNING id", (place.name,)).fetchone()
    cache.incr("added")
    log.info("added %s", place.name)
    return {"id": row[0], "name": place.name}


@app.get("/api/places")
def places():
    with connect() as db:
        rows = db.execute("SELECT id, name FROM places ORDER BY id").fetchall()
    return {"places": [{"id": row[0], "name": row[1]} for row in rows], "added": int(cache.get("added") or 0)}
