"""`celery --app app.celery_app worker --queues markers`, and `celery --app app.celery_app beat`."""

import logging
import os

from celery import Celery, signals
from celery.beat import PersistentScheduler
from kombu import Queue

from app import logs
from app.heartbeat import beat as heartbeat
from app.settings import value

QUEUES = ("markers", "notifications", "default")

# The longest task; a container's grace on a release has to be longer.
TASK_SECONDS = int(os.environ.get("TASK_TIME_LIMIT", "50"))
# When a worker dies, what it held goes back to its queue after this long: longer than any task, or it runs twice.
VISIBILITY_SECONDS = int(os.environ.get("VISIBILITY_TIMEOUT", str(TASK_SECONDS * 2)))

celery = Celery("app", broker=value("REDIS_URL"), include=["app.tasks"])
celery.conf.update(
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="default",
    task_create_missing_queues=False,
    task_routes={"app.tasks.generate_marker": "markers", "app.tasks.send_notification": "notifications"},
    # A message is gone only after its task is done, and comes back when a worker or its process dies.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=TASK_SECONDS,
    task_soft_time_limit=TASK_SECONDS - 5,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_SECONDS,
        # A worker that dies while it puts messages back must not keep the others from it for five minutes.
        "unacked_mutex_expire": 30,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
        "health_check_interval": 10,
    },
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    timezone="UTC",
    beat_scheduler="app.celery_app:Scheduler",
    beat_max_loop_interval=5,
    beat_schedule={
        "send-lost-tasks-again": {"task": "app.tasks.send_again", "schedule": 15.0, "options": {"expires": 15}},
    },
)


class Scheduler(PersistentScheduler):
    """Says that it lives each time it has looked at its schedule."""

    def tick(self, *args, **kwargs):
        seconds = super().tick(*args, **kwargs)
        heartbeat()
        return seconds


@signals.setup_logging.connect
def _logs(**_kwargs) -> None:
    logs.setup()
    # One line a task, received and done, is for a developer.
    if not logs.settings.debug:
        for name in ("celery.worker.strategy", "celery.app.trace"):
            logging.getLogger(name).setLevel(logging.WARNING)


@signals.heartbeat_sent.connect
def _alive(**_kwargs) -> None:
    """Every two seconds, and only while Redis takes it."""
    heartbeat()
