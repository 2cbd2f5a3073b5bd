"""An application as a stranger writes it, with nothing of Berth's in it, for the tests of what stands before it.

/own sets headers of its own, /bare none, /who answers the headers it got, /events three events half a second apart,
/docs a page with a script of another host; PUT takes any body, and answers its length and its own memory.
"""

import json
import resource
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OWN = {
    "Content-Security-Policy": "default-src *",
    "X-Frame-Options": "ALLOWALL",
    "Permissions-Policy": "camera=*",
    "Strict-Transport-Security": "max-age=60",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/events":
            return self.events()
        headers = OWN if self.path == "/own" else {}
        text, kind = "hello", "text/plain"
        if self.path == "/docs":
            text, kind = '<script src="https://cdn.example.org/a.js"></script>', "text/html"
        elif self.path.startswith("/who"):
            text, kind = json.dumps({name.lower(): value for name, value in self.headers.items()}), "application/json"
        self.answer(text, kind, headers)

    def do_PUT(self):
        left = size = int(self.headers["Content-Length"])
        while left > 0:
            left -= len(self.rfile.read(min(left, 1 << 16)))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self.answer(json.dumps({"size": size, "megabytes": memory}), "application/json", {})

    def events(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(3):
            event = f"data: {number}\n\n".encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()
            time.sleep(0.5)
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, text, kind, headers):
        body = text.encode()
        self.send_response(200)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
