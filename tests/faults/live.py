"""The real server beside the stand-in carrier: an invented practice with texting through "Twilio", what
comes in signed by the SDK, and the questions that are put to both when it is over."""

import http.client
import json
import secrets
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, create_engine, text
from twilio.request_validator import RequestValidator

from tests.carrier.client import StandIn
from tests.server import Server
from tests.signed import inbound_form

LINE = "+15035550100"


@dataclass
class Live:
    server: Server
    carrier: StandIn
    token: str = ""
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = create_engine(self.server.database_url)

    def form(self, sender: str, body: str) -> dict[str, str]:
        return inbound_form(sender=sender, to=LINE, body=body, account_sid=self.carrier.account_sid)

    def come_in(self, sender: str, body: str, **more: Any) -> tuple[str, int]:
        """A text reaches the carrier, which tells us; its id, and what we answered (0: nothing)."""
        url = f"{self.server.url}/webhooks/twilio/messages"
        said = self.carrier.send_inbound(sender=sender, to=LINE, body=body, url=url, **more)
        return said["sid"], said["answered"]

    def reconcile(self) -> None:
        """What the worker does every ten minutes, now, in a process of its own."""
        self.server.python(
            "from app.factory import create_app\n"
            "from workers.reconciler import take_in_missed\n"
            "with create_app().app_context(): take_in_missed()"
        )

    def heard(self) -> Counter[str]:
        """How often each text that came in is on record, by the carrier's id."""
        found = self.rows("SELECT provider_id FROM message WHERE direction = 'inbound'")
        return Counter(row[0] for row in found)

    def text(
        self, form: dict[str, str], connection: http.client.HTTPConnection | None = None
    ) -> int:
        """Post one signed text, on `connection` when one is kept open; the answer's status."""
        path = "/webhooks/twilio/messages"
        signature = RequestValidator(self.carrier.auth_token).compute_signature(
            f"{self.server.url}{path}", form
        )
        body = urllib.parse.urlencode(form)
        headers = {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._ask("POST", path, body, headers, connection)[0]

    def api(self, method: str, path: str, wish: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask the API; status and JSON."""
        body = None if wish is None else json.dumps(wish)
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **headers,
        }
        status, answer = self._ask(method, f"/api/v1{path}", body, sent, None)
        return status, json.loads(answer) if answer else None

    def patient(self, n: int) -> str:
        """An invented patient with the phone +1503555 01xx, who may be texted at this hour; the id."""
        status, made = self.api("POST", "/patients", {
            "mrn": f"L-{n}-{secrets.token_hex(3)}", "given_name": "Pat", "family_name": f"No{n}",
            "birth_date": "1957-03-09", "phone": phone(n), "language": "en", "time_zone": zone_at_noon(),
            "sms_consent": {"given": True, "on": "2026-01-02", "wording": "May we text you?"},
        })  # fmt: skip
        assert status == 201, made
        return str(made["id"])

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement), values))

    def statuses(self) -> Counter[str]:
        """Outbound texts by where they stand."""
        return Counter(
            row[0] for row in self.rows("SELECT status FROM message WHERE direction = 'outbound'")
        )

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str],
        kept: http.client.HTTPConnection | None,
    ) -> tuple[int, bytes]:  # fmt: skip
        connection = kept or self.connect()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            if kept is None:
                connection.close()

    def connect(self, port: int | None = None) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port or self.server.port, timeout=20)


def zone_at_noon() -> str:
    """A zone whose clock stands at noon: the server runs by the real clock, and keeps quiet hours."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # POSIX counts the other way round: Etc/GMT-3 is ahead of UTC


def phone(n: int) -> str:
    return f"+1503555{100 + n:04d}"


def at_once(work: Any, things: Any, *, threads: int) -> list[Any]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, things))
