"""One JSON object a line on stdout, the same for gunicorn, uvicorn and the application."""

import json
import logging
import logging.config
import time

from app.secrets import redact
from app.settings import settings


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "service": settings.service,
            "release": settings.release,
            "host": settings.hostname,
            "pid": record.process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False))


class Proxied(logging.Filter):
    """Leaves out requests that came past the proxy: health checks and Prometheus ask every few seconds."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.args["{x-forwarded-for}i"] != "-"


def config(requests: bool = False) -> dict:
    """For `logging.config.dictConfig`, and for gunicorn's `logconfig_dict`, whose requests are written if so told."""
    level = "DEBUG" if settings.debug else "INFO"
    plain = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "app.logs.JsonFormatter"}},
        "filters": {"proxied": {"()": "app.logs.Proxied"}},
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
        },
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": {**plain, "level": "INFO"},
            "gunicorn.access": {"level": "INFO", "handlers": [], "filters": ["proxied"], "propagate": requests},
            "uvicorn": {**plain, "level": "INFO"},
            "uvicorn.error": {**plain, "level": "INFO"},
            "uvicorn.access": {"handlers": [], "propagate": False},
            # The pool repeats every failed attempt; /ready and the 503s already tell it.
            "psycopg.pool": {"level": "ERROR"},
            "psycopg": {"level": "INFO"},
            "asyncio": {"level": "WARNING"},
        },
    }


def setup() -> None:
    logging.config.dictConfig(config())


log = logging.getLogger("app")
