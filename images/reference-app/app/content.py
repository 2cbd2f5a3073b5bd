"""The folder of users' content, which the proxy serves below /storage/."""

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator

from app.settings import settings

FOLDER = settings.content_folder
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.(?:png|jpg|jpeg|svg|webp|mp4|webm|glb|txt|bin)")


def acceptable(name: str) -> bool:
    """Names that are one plain file of a kind we serve."""
    return _NAME.fullmatch(name) is not None


async def store(name: str, body: AsyncIterator[bytes]) -> tuple[int, str]:
    """Writes the body as it comes, and shows it under its name only once it is whole. Returns its size and SHA-256."""
    digest = hashlib.sha256()
    size = 0
    handle, draft = tempfile.mkstemp(prefix=".upload-", dir=FOLDER)
    try:
        with os.fdopen(handle, "wb") as file:
            async for part in body:
                file.write(part)
                digest.update(part)
                size += len(part)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.replace(draft, os.path.join(FOLDER, name))
    except BaseException:
        os.unlink(draft)
        raise
    return size, digest.hexdigest()
