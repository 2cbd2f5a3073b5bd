"""A request that takes its time."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from app.settings import settings

router = APIRouter(tags=["test"])


@router.get("/slow")
async def slow(seconds: Annotated[float, Query(ge=0, le=60)] = 1) -> dict[str, object]:
    """Answers after that many seconds."""
    await asyncio.sleep(seconds)
    return {"seconds": seconds, "release": settings.release, "host": settings.hostname}
