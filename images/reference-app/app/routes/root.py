"""`/`: JSON for programs, the single-page front end for people."""

import os

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from app.settings import settings
from app.static import Immutable

router = APIRouter(tags=["health"])
PAGES = os.path.join(os.getcwd(), "pages")
_INDEX = os.path.join(PAGES, "index.html")
_HAS_PAGES = os.path.isfile(_INDEX)


@router.get("/", response_class=JSONResponse)
async def root(request: Request) -> Response:
    """Who answers. A browser gets the front end."""
    if _HAS_PAGES and "text/html" in request.headers.get("accept", ""):
        return FileResponse(_INDEX, headers={"cache-control": "no-cache", "vary": "accept"})
    body = {"service": settings.service, "release": settings.release, "hostname": settings.hostname}
    return JSONResponse(body, headers={"vary": "accept"})


def mount_pages(app: FastAPI) -> None:
    """The front end's hashed files."""
    if _HAS_PAGES:
        app.mount("/assets", Immutable(directory=os.path.join(PAGES, "assets")))
