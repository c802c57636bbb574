"""`python -m tests.carrier --port N --log FILE --account-sid AC… --auth-token …`.

Port 0 takes a free one. The first line on stdout says where it listens; it runs until terminated.
"""

import argparse
import signal
import sys
from pathlib import Path

from tests.carrier.acceptlog import AcceptLog
from tests.carrier.exchange import Exchange
from tests.carrier.server import Server


def main() -> None:
    """Serve until SIGTERM or ctrl-C."""
    options = argparse.ArgumentParser(prog="python -m tests.carrier")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--log", type=Path, required=True)
    options.add_argument("--account-sid", required=True)
    options.add_argument("--auth-token", required=True)
    options.add_argument("--inbound-url", help="the webhook texts are posted to")
    chosen = options.parse_args()
    exchange = Exchange({chosen.account_sid: chosen.auth_token}, AcceptLog(chosen.log))
    exchange.inbound_url = chosen.inbound_url
    exchange.callbacks.start()
    server = Server(chosen.port, exchange)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sys.stdout.write(f"ready http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
