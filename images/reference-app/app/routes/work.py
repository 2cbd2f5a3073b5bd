"""A job for the queue's worker."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from app import dependencies, metrics
from app.deadline import DependencyError

router = APIRouter(tags=["work"])
ANSWER_SECONDS = 5


class Job(BaseModel):
    payload: Any = None


@router.post("/work")
async def work(job: Job | None = None) -> dict[str, object]:
    """Hands a job to the worker and waits up to 5 s for its answer."""
    if dependencies.queue is None:
        raise DependencyError("queue", "this service was given none")
    answer = await dependencies.queue.submit(job.payload if job else None, ANSWER_SECONDS)
    metrics.jobs.labels("answered" if answer else "timed out").inc()
    if answer is None:
        raise DependencyError(dependencies.queue.name, f"no worker answered within {ANSWER_SECONDS} s")
    return answer
