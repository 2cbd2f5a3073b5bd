"""What all dependencies have in common."""

import time
from abc import ABC, abstractmethod

from app.deadline import DependencyError, within
from app.secrets import redact
from app.settings import settings

CHECK_SECONDS = settings.dependency_seconds


class Dependency(ABC):
    kind: str

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    async def ping(self) -> dict[str, object]:
        """Does the least that proves it works; what it learned on the way is shown by /ready."""

    async def check(self) -> dict[str, object]:
        """Never raises and never takes longer than CHECK_SECONDS."""
        started = time.perf_counter()
        report: dict[str, object] = {"name": self.name, "kind": self.kind, "ok": True}
        try:
            report |= await within(CHECK_SECONDS, self.name, self.ping())
        except DependencyError as error:
            report |= {"ok": False, "error": redact(error.reason)}
        except Exception as error:
            report |= {"ok": False, "error": reason(error)}
        report["latency_ms"] = round((time.perf_counter() - started) * 1000, 1)
        return report


def reason(error: Exception) -> str:
    """The error's first line, in words, without secrets."""
    text = str(error).strip().splitlines()
    return redact(text[0] if text else type(error).__name__)
