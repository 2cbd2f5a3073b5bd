"""Reads variables, and the files that NAME_FILE names."""

import os


def value(name: str, default: str = "") -> str:
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default).strip()
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def words(name: str) -> list[str]:
    """Parts between commas."""
    return [part.strip() for part in value(name).split(",") if part.strip()]
