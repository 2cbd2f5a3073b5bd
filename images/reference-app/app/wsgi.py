"""For `gunicorn --worker-class gevent app.wsgi:app`, and any other WSGI server."""

from app.bridge import Bridge
from app.dependencies import warm
from app.main import build

app = Bridge(build(), warm)
