"""Routes that are there when the process was given what they need; what they import is heavy."""

import os
from types import ModuleType

from app.routes import probes
from app.settings import settings


def parts() -> list[ModuleType]:
    found = [probes]
    if settings.content_folder:
        from app.routes import content

        found.append(content)
    if settings.celery:
        from app.routes import tasks

        found.append(tasks)
    if os.environ.get("ML_CONFIG") or os.environ.get("VALIDATION_CONFIG"):
        from app.routes import engine

        found.append(engine)
    return found
