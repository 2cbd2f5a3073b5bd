import json
import os
from urllib.request import urlopen

import psycopg
import redis
from fastapi import FastAPI

app = FastAPI(title="VRU API gateway")
others = {
    name: os.environ[f"{name.upper()}_URL"] for name in ("ml_engine", "camera_service", "validation_engine")
}


@app.get("/health")
def health():
    return {"status": "healthy"}


@app.get("/api/status")
def status():
    """What each of the others says of itself."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        version = db.execute("SHOW password_encryption").fetchone()[0]
    alive = redis.from_url(os.environ["REDIS_URL"]).ping()
    return {"database": version, "redis": alive, **{name: said(url) for name, url in others.items()}}


def said(url):
    with urlopen(f"{url}/health", timeout=5) as answer:
        return json.load(answer)
