"""For `gunicorn -k uvicorn.workers.UvicornWorker app.asgi:app` and `uvicorn app.asgi:app`."""

from app.main import build

app = build()
