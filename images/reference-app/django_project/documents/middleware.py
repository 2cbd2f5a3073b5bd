"""Says on every answer who gave it, counts it, and tells the counters."""

import socket
import time

from django.conf import settings
from django.http import HttpResponse

from app import metrics

_HEADERS = {"x-service": settings.SERVICE, "x-release": settings.RELEASE, "x-container": socket.gethostname()}


class Identity:
    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        # Before anybody asks which host was meant: Prometheus calls each container by its own name.
        if request.path == "/metrics":
            body, kind = metrics.render()
            return HttpResponse(body, content_type=kind)
        started = time.perf_counter()
        response = self._get_response(request)
        # The route's pattern and not the path: a scanner must not fill the memory with label values.
        route = "/" + request.resolver_match.route if request.resolver_match else "unmatched"
        metrics.requests.labels(request.method, route, response.status_code).inc()
        metrics.seconds.labels(route).observe(time.perf_counter() - started)
        for name, text in _HEADERS.items():
            response[name] = text
        return response
