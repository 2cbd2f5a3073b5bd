from celery import Celery
from kombu import Queue

from app.config import BROKER, BUCKET, minio
from app.database import mark

app = Celery("vertex", broker=BROKER)
app.conf.task_default_queue = "default"
app.conf.task_queues = [Queue(name) for name in ("markers", "notifications", "default")]
app.conf.task_routes = {"make_marker": {"queue": "markers"}, "notify": {"queue": "notifications"}}
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_schedule = {"every-second": {"task": "tidy", "schedule": 1.0}}


@app.task(name="make_marker")
def make_marker(number):
    size = minio().stat_object(BUCKET, f"contents/{number}").size
    mark(number, f"marker of {size} bytes")
    notify.delay(number)


@app.task(name="notify")
def notify(number):
    print(f"told the owner of {number}", flush=True)


@app.task(name="tidy")
def tidy():
    print("tidied", flush=True)
