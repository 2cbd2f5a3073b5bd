"""Prometheus metrics that are right under several worker processes."""

import os

# Read by prometheus_client when a metric is made, and it has to exist by then.
_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if _FOLDER:
    os.makedirs(_FOLDER, exist_ok=True)

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

from app.settings import settings  # noqa: E402

requests = Counter("http_requests_total", "Requests answered", ["method", "path", "status"])
seconds = Histogram("http_request_seconds", "Time to answer", ["path"])
up = Gauge("dependency_up", "1 when the last check of the dependency passed", ["dependency", "kind"], multiprocess_mode="mostrecent")
jobs = Counter("queue_jobs_total", "Jobs submitted to the queue", ["outcome"])
device = Gauge("engine_device", "1 for the device that is worked on", ["device"], multiprocess_mode="max")
_info = Gauge("app_info", "The release that runs", ["service", "release"], multiprocess_mode="max")


def render() -> tuple[bytes, str]:
    _info.labels(settings.service, settings.release).set(1)
    registry = REGISTRY
    if _FOLDER:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
