"""A worker process whose carrier does nothing but say yes: `python -m bench.idle_carrier` is
`python -m workers` with it, so that what is measured is the outbox and not somebody's API."""

# ruff: noqa: E402 - the order of these imports is the point
from gevent import monkey

monkey.patch_all()

import json
import os
import signal
import time

import gevent

from app.actions.carriers import use_carrier
from app.factory import create_app
from messaging.carriers.base import Outgoing, Receipt
from messaging.carriers.sandbox import new_provider_id
from messaging.carriers.twilio import TwilioCarrier
from messaging.delivery import MessageStatus
from workers.worker import Worker

#: File in which the carrier notes what it took, and seconds it takes, by the sender ("" for all others).
SEEN = os.environ.get("BENCH_TAKEN")
SECONDS: dict[str, float] = json.loads(os.environ.get("BENCH_SECONDS") or "{}")


class IdleCarrier(TwilioCarrier):
    """Takes every text: at once, or after the time that a measurement wants."""

    def send(self, outgoing: Outgoing) -> Receipt:
        at, wanted = time.time(), SECONDS.get(outgoing.sender, SECONDS.get("", 0.0))
        gevent.sleep(wanted)
        if SEEN:
            late = time.time() - at - wanted
            taken = {"at": at, "line": outgoing.sender, "body": outgoing.body, "late": late}
            with open(SEEN, "a") as seen:
                seen.write(json.dumps(taken) + "\n")
        return Receipt(new_provider_id(), MessageStatus.SENT, None)


def main() -> None:
    app = create_app()
    use_carrier(app, IdleCarrier("http://127.0.0.1:9"))
    worker = Worker(app)
    if worker.file is not None and not worker.file.take():
        raise SystemExit("a worker already serves this database")
    gevent.signal_handler(signal.SIGTERM, worker.stop)
    worker.run()


if __name__ == "__main__":
    main()
