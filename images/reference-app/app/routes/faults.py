"""Ways to break it, only there when DEBUG or FAULTS is set."""

import os
import signal

from fastapi import APIRouter

router = APIRouter(tags=["test"])


@router.api_route("/crash", methods=["GET", "POST"])
async def crash() -> None:
    """Ends this worker process as the kernel would: with no warning."""
    os.kill(os.getpid(), signal.SIGKILL)
