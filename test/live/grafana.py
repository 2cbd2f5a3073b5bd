"""What a rotation needs of Grafana, for where its image can't be had: an administrator in a database that outlives it."""

import base64
import hmac
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DATABASE = Path("/var/lib/grafana/grafana.db")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.removeprefix("/grafana")
        status = 200 if path == "/api/health" or self._knows() else 401
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def _knows(self) -> bool:
        login = f"admin:{DATABASE.read_text()}"
        wanted = f"Basic {base64.b64encode(login.encode()).decode()}"
        return hmac.compare_digest(self.headers.get("authorization", ""), wanted)

    def log_message(self, *_args) -> None:
        pass


if sys.argv[1:] == ["reset"]:
    DATABASE.write_text(sys.stdin.read().strip())
else:
    # As Grafana does, for a new database alone.
    if not DATABASE.exists():
        DATABASE.write_text(Path(os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"]).read_text().strip())
    ThreadingHTTPServer(("", int(os.environ["GF_SERVER_HTTP_PORT"])), Handler).serve_forever()
