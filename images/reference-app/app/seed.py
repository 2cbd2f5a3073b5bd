"""`python -m app.seed`: what has to be there before the first user. Runs after each migration and adds what is missing."""

import os

import psycopg

from app import logs
from app.content import FOLDER
from app.logs import log
from app.settings import value

COMPANY = "Vertex AR"
_FOLDERS = ("portraits", "videos", "markers")


def seed(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO storage_connections (name, kind) VALUES ('default', 'local_disk') ON CONFLICT (name) DO NOTHING"
    )
    connection.execute(
        "INSERT INTO companies (name, storage_path) VALUES (%s, 'vertex-ar') ON CONFLICT (name) DO NOTHING", [COMPANY]
    )


def main() -> None:
    logs.setup()
    with psycopg.connect(value("DATABASE_URL"), connect_timeout=5) as connection:
        seed(connection)
    if FOLDER:
        for folder in _FOLDERS:
            os.makedirs(os.path.join(FOLDER, folder), exist_ok=True)
    log.info("seeded")


if __name__ == "__main__":
    main()
