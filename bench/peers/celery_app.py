"""A job that does nothing, on Celery over Redis; `python -m bench.peers.celery_app N` enqueues N."""

import os
import sys

from celery import Celery

app = Celery("bench", broker=os.environ["BENCH_REDIS_URL"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4)


@app.task(name="bench.send")
def send(number: str, body: str) -> None:
    """What a carrier that does nothing does."""


if __name__ == "__main__":
    for n in range(int(sys.argv[1])):
        send.delay(f"+1503555{100 + n % 100:04d}", "Hello from your care team")
