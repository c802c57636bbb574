"""A job that does nothing, on Dramatiq over Redis; `python -m bench.peers.dramatiq_app N` enqueues N."""

import os
import sys

import dramatiq
from dramatiq.brokers.redis import RedisBroker

dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_REDIS_URL"]))


@dramatiq.actor
def send(number: str, body: str) -> None:
    """What a carrier that does nothing does."""


if __name__ == "__main__":
    for n in range(int(sys.argv[1])):
        send.send(f"+1503555{100 + n % 100:04d}", "Hello from your care team")
