"""The tables. Several processes may start at once: the first takes the lock, the others find the work done."""

import psycopg

_LOCK = 7_283_001

_STEPS = [
    """CREATE TABLE items (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        text text NOT NULL,
        service text NOT NULL,
        release text NOT NULL,
        host text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )""",
]


async def migrate(connection: psycopg.AsyncConnection) -> None:
    """Applies the steps that are missing, all in one transaction."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        await connection.execute("CREATE TABLE IF NOT EXISTS schema_steps (step integer PRIMARY KEY)")
        cursor = await connection.execute("SELECT count(*) FROM schema_steps")
        row = await cursor.fetchone()
        for number in range(row[0] if row else 0, len(_STEPS)):
            await connection.execute(_STEPS[number])
            await connection.execute("INSERT INTO schema_steps VALUES (%s)", [number])
