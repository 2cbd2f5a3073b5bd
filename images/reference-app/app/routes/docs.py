"""
Swagger UI and ReDoc from our own files, with no script or style inside the page, so that both work under
`Content-Security-Policy: default-src 'self'`. All addresses are relative: any prefix in front will do.
"""

import os

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from app.settings import settings

_FILES = os.path.join(os.getcwd(), "docs-assets")
_SWAGGER = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="docs/files/swagger-ui.css">
<link rel="icon" href="docs/files/favicon.png"></head><body><div id="swagger-ui"></div>
<script src="docs/files/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>"""
_SWAGGER_START = """SwaggerUIBundle({ url: "docs/openapi.json", dom_id: "#swagger-ui", deepLinking: true });"""
_REDOC = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="docs/files/favicon.png"></head>
<body><div id="redoc"></div><script src="docs/files/redoc.standalone.js"></script>
<script src="docs/start-redoc.js"></script></body></html>"""
_REDOC_START = """Redoc.init("docs/openapi.json", { disableSearch: true, hideDownloadButtons: true }, document.getElementById("redoc"));"""


def mount(app: FastAPI, prefix: str) -> None:
    def page(path: str, text: str, media_type: str) -> None:
        async def answer() -> Response:
            return Response(text, media_type=media_type)

        app.add_api_route(prefix + path, answer, methods=["GET", "HEAD"], include_in_schema=False)

    async def openapi() -> JSONResponse:
        return JSONResponse(app.openapi())

    title = settings.service.replace("&", "&amp;").replace("<", "&lt;")
    page("/docs", _SWAGGER.format(title=title), HTMLResponse.media_type or "text/html")
    page("/docs/start.js", _SWAGGER_START, "text/javascript")
    page("/redoc", _REDOC.format(title=title), HTMLResponse.media_type or "text/html")
    page("/docs/start-redoc.js", _REDOC_START, "text/javascript")
    app.add_api_route(f"{prefix}/openapi.json", openapi, include_in_schema=False)
    app.add_api_route(f"{prefix}/docs/openapi.json", openapi, include_in_schema=False)
    if os.path.isdir(_FILES):
        app.mount(f"{prefix}/docs/files", StaticFiles(directory=_FILES))
