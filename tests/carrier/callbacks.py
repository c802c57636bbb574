"""Status callbacks: what becomes of a message, and the signed posts that tell about it.

Modes: normal · none (states still change, nobody is told) · duplicated · shuffled · delayed.
"""

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Queue
from threading import Thread, Timer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from tests.carrier.messages import API_VERSION, Message
from tests.carrier.signing import signature_of

MODES = {"normal", "none", "duplicated", "shuffled", "delayed"}

_direct = build_opener(ProxyHandler({}))


def post_form(url: str, form: dict[str, str], token: str) -> tuple[int, str]:
    """Post a signed form as Twilio does. Returns status and body; status 0 when nobody answers."""
    headers = {
        "X-Twilio-Signature": signature_of(url, form, token),
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": form["MessageSid"],
    }
    request = Request(url, data=urlencode(form).encode(), headers=headers, method="POST")
    try:
        with _direct.open(request, timeout=15) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")
    except (URLError, OSError):
        return 0, ""


@dataclass
class Callbacks:
    """Moves messages on and posts about it, from one thread, in the chosen mode."""

    mode: str = "normal"
    delay_seconds: float = 0.5
    transit_seconds: float = 0.0
    posted: list[dict[str, Any]] = field(default_factory=list)
    _due: Queue[tuple[Message, str, dict[str, Any]]] = field(default_factory=Queue)
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def start(self) -> None:
        """Begin to work through what is due."""
        Thread(target=self._run, daemon=True).start()

    def follow(self, message: Message, token: str, outcome: dict[str, Any]) -> None:
        """See a message to its end: delivered, unless `outcome` says status and error_code."""
        if self.transit_seconds:
            timer = Timer(self.transit_seconds, self._due.put, ((message, token, outcome),))
            timer.daemon = True
            timer.start()
        else:
            self._due.put((message, token, outcome))

    def _run(self) -> None:
        while True:
            message, token, outcome = self._due.get()
            forms = [self._move(message, "sent", None)]
            last = outcome.get("status", "delivered")
            if last != "sent":
                forms.append(self._move(message, last, outcome.get("error_code")))
            if self.mode != "none" and message.status_callback:
                target = (message.status_callback, forms, token)
                Thread(target=self._tell, args=target, daemon=True).start()

    def _move(self, message: Message, status: str, code: int | None) -> dict[str, str]:
        message.status, message.error_code = status, code
        message.sent_at = message.sent_at or datetime.now(UTC)
        form = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message.recipient,
            "From": message.sender,
            "AccountSid": message.account_sid,
            "ApiVersion": API_VERSION,
        }
        return form | ({"ErrorCode": str(code)} if code else {})

    def _tell(self, url: str, forms: list[dict[str, str]], token: str) -> None:
        mode = self.mode
        if mode == "delayed":
            time.sleep(self.delay_seconds)
        posts = forms * 2 if mode == "duplicated" else list(forms)
        if mode == "shuffled":
            self._random.shuffle(posts)
        for form in posts:
            status, _ = post_form(url, form, token)
            self.posted.append({"url": url, "form": form, "answered": status})
