"""Inbound webhook: the product's route against a bare Flask route with RequestValidator and one INSERT.
The product also finds line, person and open questions, and writes message, ledger row, events and seqs."""

import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from bench import stage
from bench.load import Outcome, drive, prepared
from bench.servers import serving
from bench.side_by_side import Comparison, compare
from messaging.carriers.signature import sign

PATH = "/webhooks/twilio/messages"
GOAL = 0.4
#: A repeat must not cost more than a new text.
REPEAT_GOAL = 1.0
WORDS = ("Thank you so much", "Can I come on Thursday?", "yes", "My leg is better", "1", "Gracias")


def run(databases: list[str], *, repetitions: int, requests: int) -> int:
    """Measure on each database; prints the ratios. 1 when a goal is missed, else 0.

    Raises TooNoisy, after printing what was measured, when the baseline spread too much.
    """
    measured = []
    for kind in databases:
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            stage.staged(kind, Path(folder)) as ready,
        ):
            fresh, again = _measure(ready, repetitions=repetitions, requests=requests)
        measured += [(fresh, GOAL), (again, REPEAT_GOAL)]
    for comparison, goal in measured:
        verdict = "reached" if comparison.ratio >= goal else "missed"
        print("\n".join([*comparison.lines(), f"  goal {goal}: {verdict}"]))
    for comparison, _ in measured:
        comparison.check_quiet()
    return int(any(comparison.ratio < goal for comparison, goal in measured))


def _measure(
    ready: stage.Stage, *, repetitions: int, requests: int
) -> tuple[Comparison, Comparison]:
    """New texts against the bare route; then repeats of one text against new ones."""
    sent: list[bytes] = []

    def new_batch(port: int, *, keep: bool) -> Callable[[], float]:
        def turn() -> float:
            batch = [signed_text(n) for n in range(requests)]
            if keep:
                sent.extend(batch)
            return _rate(drive(port, batch))

        return turn

    with (
        serving("bench.bare:app", ready.env, workers=ready.workers) as bare,
        serving("wsgi:app", ready.env, workers=ready.workers) as product,
    ):
        fresh = compare(
            f"webhook on {ready.kind}, new texts ÷ bare route",
            new_batch(bare, keep=False),
            new_batch(product, keep=True),
            repetitions=repetitions,
        )
        check_written(ready, expected=len(sent))
        repeated = sent[-requests:]
        again = compare(
            f"webhook on {ready.kind}, repeats ÷ new texts",
            new_batch(product, keep=True),
            lambda: _rate(drive(product, repeated)),
            repetitions=repetitions,
        )
        check_written(ready, expected=len(sent))
    return fresh, again


def signed_text(n: int) -> bytes:
    """A text to one practice after the other, from a patient's phone, with an id nobody has seen."""
    sid = f"SM{secrets.token_hex(16)}"
    form = {
        "ToCountry": "US", "ToState": "OR", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "",
        "FromZip": "97205", "SmsSid": sid, "FromState": "OR", "SmsStatus": "received",
        "FromCity": "PORTLAND", "Body": WORDS[n % len(WORDS)], "FromCountry": "US",
        "To": stage.line(n % stage.PRACTICES), "ToZip": "", "NumSegments": "1", "MessageSid": sid,
        "AccountSid": stage.ACCOUNT_SID, "From": stage.phone(n // stage.PRACTICES % stage.PATIENTS),
        "ApiVersion": "2010-04-01",
    }  # fmt: skip
    signature = sign(f"{stage.PUBLIC_URL}{PATH}", form.items(), stage.AUTH_TOKEN)
    return prepared(PATH, urlencode(form).encode(), {"X-Twilio-Signature": signature})


def _rate(outcome: Outcome) -> float:
    if set(outcome.statuses) != {200}:
        raise AssertionError(f"answers other than 200: {dict(outcome.statuses)}")
    return outcome.rate


def check_written(ready: stage.Stage, *, expected: int) -> None:
    """Every text is there once, with its row in the ledger and its event."""
    found = {
        "messages": stage.count(ready, "message"),
        "ledger rows": stage.count(ready, "touchpoint"),
        "events": stage.count(ready, "event", "kind = 'message.received'"),
    }
    wrong = {name: n for name, n in found.items() if n != expected}
    if wrong:
        raise AssertionError(f"expected {expected} of each, found {wrong}")
