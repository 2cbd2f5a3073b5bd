"""What every gunicorn of this image has in common. gunicorn reads it from the working directory."""

import os
import shutil
import sys

if any("gevent" in word for word in sys.argv):
    # Before the application is loaded in the master, or it would hold on to what gevent replaces.
    from gevent import monkey

    monkey.patch_all()

from app.logs import config as log_config  # noqa: E402

# Which handlers a log has is told here alone: gunicorn gives this the last word over its own --access-logfile.
logconfig_dict = log_config(requests="--access-logfile" in sys.argv)
accesslog = None
# Behind a proxy and on a socket a client's address is in a header, and the last word finds the proxy's line.
access_log_format = '%({x-forwarded-for}i)s - %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %({x-request-id}i)s'
worker_tmp_dir = "/dev/shm"
graceful_timeout = int(os.environ.get("GRACEFUL_TIMEOUT", "30"))
# Longer than the proxy keeps idle connections, and short: a gevent worker that stops waits for idle ones to end.
keepalive = 5
control_socket_disable = True
# The application is loaded once and not once a worker: workers start, and come back after a crash, in
# milliseconds and share their memory. Nothing may be connected before the fork; pools open at first use.
preload_app = True


def on_starting(_server):
    """Counters of a former life of this container must not be added to those of this one."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)


def child_exit(_server, worker):
    """Drops the gauges of a process that is gone."""
    from prometheus_client import multiprocess

    if os.path.isdir(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")):
        multiprocess.mark_process_dead(worker.pid)
