"""Whether the process lives, whether it can work, and its numbers."""

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app import dependencies, metrics
from app.settings import settings

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """Liveness: touches no dependency, so an outage elsewhere never gets this container killed."""
    return {"status": "ok", "service": settings.service, "release": settings.release, "host": settings.hostname}


@router.get("/ready")
async def ready() -> JSONResponse:
    """200 when every dependency works, else 503; both list each of them. Takes a second more than a dependency may."""
    reports = await asyncio.gather(*(dependency.check() for dependency in dependencies.everything))
    for report in reports:
        metrics.up.labels(report["name"], report["kind"]).set(1 if report["ok"] else 0)
    return _report(reports)


@router.get("/map")
async def everything_behind(peers: bool = True) -> JSONResponse:
    """As /ready, with what each peer depends on; peers are asked with peers=false, so two may name each other."""
    own = [dependency for dependency in dependencies.everything if peers or dependency.kind != "http"]
    behind = dependencies.peers if peers else []
    reports, maps = await asyncio.gather(
        asyncio.gather(*(dependency.check() for dependency in own)), asyncio.gather(*(peer.map() for peer in behind))
    )
    known = {peer.name: found for peer, found in zip(behind, maps)}
    return _report([{**report, "dependencies": known.get(report["name"], [])} for report in reports])


def _report(reports: list[dict[str, object]]) -> JSONResponse:
    ok = all(report["ok"] for report in reports)
    body = {
        "status": "ready" if ok else "not ready",
        "service": settings.service,
        "release": settings.release,
        "host": settings.hostname,
        "dependencies": reports,
    }
    headers = {"cache-control": "no-store"} if ok else {"cache-control": "no-store", "retry-after": "2"}
    return JSONResponse(body, status_code=200 if ok else 503, headers=headers)


@router.get("/metrics", include_in_schema=False)
async def prometheus() -> Response:
    text, content_type = metrics.render()
    return Response(text, media_type=content_type)
