"""The tables as Alembic's `--autogenerate` compares them; what makes them is below `alembic/versions`."""

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, MetaData, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _id() -> Column:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _now(name: str) -> Column:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("now()"))


Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _now("queued_at"),
    Column("done_at", DateTime(timezone=True)),
    Index("tasks_open", "queue", "queued_at", postgresql_where=text("done_at IS NULL")),
)
Table(
    "task_ledger",
    metadata,
    _id(),
    Column("task_id", Uuid, ForeignKey("tasks.id"), nullable=False, index=True),
    Column("queue", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("release", Text, nullable=False),
    _now("done_at"),
)
Table(
    "companies",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("storage_path", Text, nullable=False),
)
Table("storage_connections", metadata, _id(), Column("name", Text, nullable=False, unique=True), Column("kind", Text, nullable=False))
Table(
    "contents",
    metadata,
    Column("name", Text, primary_key=True),
    Column("company_id", BigInteger, ForeignKey("companies.id"), nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    _now("created_at"),
)
