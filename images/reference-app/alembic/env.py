"""Runs migrations over the application's own driver. Several may start at once: one works, the others wait for it."""

import asyncio

import psycopg
from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app import logs
from app.schema import metadata
from app.settings import value

_LOCK = 7_283_002


def database_url() -> str:
    url = value("DATABASE_URL")
    if not url:
        raise SystemExit("DATABASE_URL: must be set, or DATABASE_URL_FILE must name a file, got nothing")
    return url


def ours(_item, _name, kind, reflected, described) -> bool:
    """Compares only what the schema describes: other parts of the application keep tables in the same database."""
    return not (kind == "table" and reflected and described is None)


def run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, transactional_ddl=True, include_object=ours
    )
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.run_migrations()


async def online() -> None:
    # SQLAlchemy takes one host and no socket; libpq reads the URL itself.
    url = database_url()
    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=lambda: psycopg.AsyncConnection.connect(url),
        poolclass=pool.NullPool,
        hide_parameters=True,
    )
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


logs.setup()
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online())
