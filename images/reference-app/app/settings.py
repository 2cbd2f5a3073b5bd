"""The only reader of the environment."""

import os
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


@dataclass(frozen=True)
class Address:
    """Where a dependency is and how to log in. The password never appears in its repr."""

    scheme: str
    host: str
    port: int
    path: str
    user: str = ""
    password: str = field(default="", repr=False)
    url: str = field(default="", repr=False)
    """As it was given, with what the parts can't say: several hosts, parameters, TLS."""


@dataclass(frozen=True)
class Settings:
    service: str
    release: str
    hostname: str
    database: Address | None
    redis: Address | None
    peers: dict[str, Address]
    queue: str
    cors_origins: list[str]
    debug: bool
    faults: bool
    pool_size: int
    """Most connections a process opens: those it keeps, and those it may add under load."""
    dependency_seconds: float
    """How long a dependency may take. What waits for another's end waits a little longer or less than this."""
    content_folder: str
    celery: bool
    graceful_timeout: float


def value(name: str) -> str:
    """The variable's value, or the content of the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "").strip()
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def address(name: str, text: str, schemes: dict[str, int]) -> Address:
    """Parses a URL. Its errors never quote the URL, which may hold a password."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise SystemExit(f"{name}: must be a URL with a numeric port") from None
    if url.scheme not in schemes or not url.hostname:
        raise SystemExit(f"{name}: must be a URL that starts with {' or '.join(schemes)}://")
    return Address(
        scheme=url.scheme,
        host=url.hostname,
        port=port or schemes[url.scheme],
        path=unquote(url.path.lstrip("/")),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        url=text,
    )


def database(name: str) -> Address | None:
    """Whatever libpq takes for a URL: several hosts, parameters, a socket."""
    text = value(name)
    if not text:
        return None
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError:
        raise SystemExit(f"{name}: must be a URL that libpq takes") from None
    return Address(
        scheme="postgresql",
        host=str(parts.get("host", "")),
        port=int(str(parts.get("port", "5432")).split(",")[0] or 5432),
        path=str(parts.get("dbname", "")),
        user=str(parts.get("user", "")),
        password=str(parts.get("password", "")),
        url=text,
    )


def optional(name: str, schemes: dict[str, int]) -> Address | None:
    text = value(name)
    return address(name, text, schemes) if text else None


def peers(text: str) -> dict[str, Address]:
    """`name=http://host:port,other=http://…`"""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, separator, url = part.partition("=")
        if not separator or not name:
            raise SystemExit(f'PEERS: must be name=url pairs separated by commas, got "{part}"')
        found[name.strip()] = address(f"PEERS {name}", url.strip(), {"http": 80})
    return found


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def read() -> Settings:
    return Settings(
        service=os.environ.get("SERVICE_NAME", "reference-app"),
        release=os.environ.get("RELEASE", "unreleased"),
        hostname=socket.gethostname(),
        database=database("DATABASE_URL"),
        redis=optional("REDIS_URL", {"redis": 6379, "rediss": 6379}),
        peers=peers(os.environ.get("PEERS", "")),
        queue=os.environ.get("QUEUE", ""),
        cors_origins=[origin.strip() for origin in os.environ.get("CORS_ORIGINS", "").split(",") if origin.strip()],
        debug=flag("DEBUG"),
        faults=flag("FAULTS") or flag("DEBUG"),
        pool_size=int(os.environ.get("DB_POOL_SIZE", "5")) + int(os.environ.get("DB_MAX_OVERFLOW", "0")),
        dependency_seconds=float(os.environ.get("DEPENDENCY_SECONDS", "2")),
        content_folder=os.environ.get("CONTENT_FOLDER", ""),
        celery=flag("CELERY"),
        graceful_timeout=float(os.environ.get("GRACEFUL_TIMEOUT", "30")),
    )


settings = read()
