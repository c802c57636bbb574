"""Serves the demo on the Twilio code path: the SDK talks to the stand-in carrier of tests/carrier on
loopback, and texts come in as signed webhooks. Nothing leaves this machine. (`make demo STAND_IN=1`)"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.carrier.client import StandIn  # noqa: E402

LINE, PATIENT = "+15035550100", "+15035550114"


def main() -> int:
    port = os.environ.get("PORT") or "8000"
    with StandIn(log=ROOT / "var" / "stand-in.jsonl") as carrier:
        home = f"http://127.0.0.1:{port}"
        carrier.configure(inbound_url=f"{home}/webhooks/twilio/messages")
        env = os.environ | {
            "CARRIER": "twilio", "TWILIO_API_URL": carrier.base_url, "PUBLIC_URL": home,
            "TWILIO_ACCOUNT_SID": carrier.account_sid, "TWILIO_AUTH_TOKEN": carrier.auth_token,
        }  # fmt: skip
        print(
            "The stand-in carrier serves; what it accepted is in var/stand-in.jsonl. A patient answers by:"
        )
        print(
            f"  curl -s {carrier.base_url}/_control/inbound -d "
            f'\'{{"from": "{PATIENT}", "to": "{LINE}", "body": "1"}}\'\n'
        )
        gunicorn = [str(ROOT / ".venv" / "bin" / "gunicorn"), "wsgi:app"]
        try:
            return subprocess.run(gunicorn, env=env, cwd=ROOT, check=False).returncode
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
