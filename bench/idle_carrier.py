"""A worker process whose carrier does nothing but say yes: `python -m bench.idle_carrier` is
`python -m workers` with it, so that what is measured is the outbox and not somebody's API."""

# ruff: noqa: E402 - the order of these imports is the point
from gevent import monkey

monkey.patch_all()

import signal

import gevent

from app.actions.carriers import use_carrier
from app.factory import create_app
from messaging.carriers.base import Outgoing, Receipt
from messaging.carriers.sandbox import new_provider_id
from messaging.carriers.twilio import TwilioCarrier
from messaging.delivery import MessageStatus
from workers.worker import Worker


class IdleCarrier(TwilioCarrier):
    """Takes every text at once."""

    def send(self, outgoing: Outgoing) -> Receipt:
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
