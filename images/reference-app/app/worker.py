"""`python -m app.worker` works on the queue; with `--check` it is that worker's health check."""

import sys

from app.heartbeat import check

if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(check())
    import asyncio

    from app.queue_worker import main

    asyncio.run(main())
