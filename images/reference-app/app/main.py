"""Puts the application together."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

from app import logs
from app.deadline import DependencyError
from app.lifespan import lifespan
from app.middleware import Identity
from app.routes import docs, extra, faults, health, items, root, slow, websocket, work
from app.secrets import redact
from app.settings import settings

_PARTS = (root, health, items, work, slow, websocket)


def build() -> FastAPI:
    logs.setup()
    app = FastAPI(
        title=settings.service, version=settings.release, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    routes = APIRouter()
    for part in (*_PARTS, *extra.parts(), *((faults,) if settings.faults else ())):
        routes.include_router(part.router)
    # Both with and without the prefix, so it does not matter whether the proxy in front strips it.
    app.include_router(routes)
    app.include_router(routes, prefix="/api", include_in_schema=False)
    docs.mount(app, "")
    docs.mount(app, "/api")
    root.mount_pages(app)
    app.add_exception_handler(DependencyError, _unavailable)
    app.add_exception_handler(Exception, _broken)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["content-type"],
            expose_headers=["x-release", "x-service", "x-container"],
        )
    app.add_middleware(Identity)
    return app


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DependencyError)
    body = {"error": redact(error.reason), "dependency": error.dependency}
    return JSONResponse(body, status_code=503, headers={"retry-after": "2"})


async def _broken(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"error": "internal error"}, status_code=500)
