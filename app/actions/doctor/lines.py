"""Each practice's lines: may they send, does the carrier answer, can the number text, is it registered, and
does the carrier call us back at our addresses."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from app.actions import carrier_queue
from app.actions.carrier_queue import CarrierQueue
from app.actions.carriers import account_of, carrier_for
from app.actions.doctor.finding import Finding, Level, judged
from app.actions.undelivered import is_alarm
from app.core.crypto import Undecryptable
from app.core.db import db, enter_practice
from app.core.errors import ConfigError
from app.core.settings import current_settings
from app.models.practice import Line, Practice
from app.queries.undelivered import lost_by_practice
from messaging import phone
from messaging.carriers.base import Account
from messaging.carriers.errors import SendError
from messaging.carriers.twilio import TwilioCarrier
from messaging.carriers.twilio_numbers import TOLL_FREE, NumberRecord, Registration, TwilioNumbers

RECONCILE: Final = "Run `flask --app wsgi doctor --reconcile`."
#: What to do about a line the carrier is done with.
STOPPED = {
    "carrier_trouble": "Most requests get no proper answer. It tries again; see the carrier's status page.",
    "queue_full": "Its queue at the carrier drains by itself; send less at once, or use a faster number.",
    "not_registered": "Register its brand and campaign (A2P 10DLC), then try it again in Settings.",
}
FULL = "Nothing more is handed over until it moves. If that happens often, its pace in Settings is too high."
ELSEWHERE = "Another application answers this number at Twilio. Take it off the number there."
REGISTER = (
    "At Twilio: Messaging, Regulatory Compliance. US carriers block texts of unregistered numbers."
)
UNREAD = timedelta(hours=1)
UNREAD_ADVICE = (
    "The worker's log says why: the list could not be read, or a text in it could not be taken in. "
    "It is tried again every ten minutes."
)
SKEW = timedelta(seconds=30)
_LOOK_BACK = timedelta(minutes=5)


def check_lines(at: datetime, practice_id: UUID | None = None) -> Iterator[Finding]:
    rows = select(Practice).order_by(Practice.slug)
    chosen = rows if practice_id is None else rows.where(Practice.id == practice_id)
    practices = db.session.scalars(chosen).all()
    if not practices:
        yield judged(
            "practices", False, "there are none", "Run `flask --app wsgi practice create`."
        )
    for practice in practices:
        enter_practice(practice.id)
        try:
            lines = db.session.scalars(
                select(Line).where(Line.practice_id == practice.id, Line.is_active)
            ).all()
        except Undecryptable as error:
            advice = "Put the key that was in use when the line was saved back into DATA_KEYS."
            yield judged(f"practice {practice.slug}", False, error.person_text, advice)
            continue
        yield from _check_practice(practice, lines, at)


def check_lost_texts(at: datetime, practice_id: UUID | None = None) -> Iterator[Finding]:
    """Per practice: texts that did not arrive; not well once the oldest waited 15 open minutes."""
    for practice, lost in lost_by_practice(at=at):
        if lost.since is not None and practice_id in (None, practice.id):
            waits = int((at - lost.since).total_seconds() // 60)
            yield judged(
                f"practice {practice.slug}, texts that did not arrive",
                not is_alarm(practice, lost.since, at=at),
                f"{lost.count} that nobody has seen to, the first for {waits} min",
                "A lead finds them on the board, under “Texts that did not arrive”.",
            )


def our_addresses() -> dict[str, str]:
    """Where the carrier must call us, by what it calls for."""
    base = current_settings().public_url
    return {
        "A message comes in": f"{base}/webhooks/twilio/messages",
        "A call comes in": f"{base}/webhooks/twilio/voice",
    }


def point_here(line: Line, practice: Practice) -> None:
    """Set both addresses at the carrier. Raises SendError, or ConfigError where that can't be done."""
    carrier, account = carrier_for(practice), account_of(line)
    if not isinstance(carrier, TwilioCarrier):
        raise ConfigError("The sandbox calls nobody.")
    record = carrier.numbers.find(account, line.number)
    if record is None:
        raise ConfigError("This account does not own the number.")
    messages, calls = our_addresses().values()
    carrier.numbers.point(account, record.sid, sms_url=messages, voice_url=calls)


def _check_practice(practice: Practice, lines: Sequence[Line], at: datetime) -> Iterator[Finding]:
    name = f"practice {practice.slug}"
    if not lines:
        yield judged(name, False, "has no line to text from", "Add one on its settings page.")
    if practice.restored_from is not None:
        yield judged(name, False, "restored from a backup, so nothing leaves", RECONCILE)
    if not practice.is_sending:
        yield judged(name, False, "sending is off", "Switch it on on its settings page.")
    there = carrier_queue.read(practice.id, at=at)
    for line in lines:
        yield from _check_line(f"{name}, line {phone.mask(line.number)}", practice, line, there, at)


def _check_line(
    name: str, practice: Practice, line: Line, there: CarrierQueue, at: datetime
) -> Iterator[Finding]:
    """Ask the carrier for the line's newest message, so that account and token are really tried."""
    if line.is_stopped(at):
        why = f"stopped by the carrier ({line.stopped_why}) until {line.stopped_until:%Y-%m-%d %H:%M} UTC"
        yield judged(name, False, why, STOPPED.get(line.stopped_why or "", ""))
        return
    yield from _check_listed(name, line, at)
    waits = f"{there.of(line)} segments of ours wait in its queue"
    if there.is_full(line):
        yield judged(name, False, f"{waits}: ten minutes of its pace", FULL)
        return
    try:
        carrier, account = carrier_for(practice), account_of(line)
        db.session.rollback()  # nothing of ours stays open while it answers
        next(carrier.list_messages(account, sender=line.number, since=at - _LOOK_BACK), None)
        yield judged(name, True, f"the {carrier.kind} carrier answers; {waits}")
        if isinstance(carrier, TwilioCarrier):
            yield from check_number(name, carrier.numbers, account, line.number, str(line.id))
    except ConfigError as error:
        yield judged(name, False, "no carrier serves it", error.person_text)
    except SendError as error:
        yield judged(name, False, "the carrier refused", error.person_text)


def _check_listed(name: str, line: Line, at: datetime) -> Iterator[Finding]:
    """Whether the carrier's list of what came in was read lately, and all of it taken in."""
    if line.listed_until is None or at - line.listed_until <= UNREAD:
        return
    said = (
        f"its list of texts that came in is read only up to {line.listed_until:%Y-%m-%d %H:%M} UTC"
    )
    yield judged(name, False, said, UNREAD_ADVICE)


def check_number(
    name: str, numbers: TwilioNumbers, account: Account, number: str, line_id: str
) -> Iterator[Finding]:
    """What the carrier has on record of the number. Raises SendError when it can't be asked."""
    record = numbers.find(account, number)
    if record is None:
        yield judged(
            f"{name}, number",
            False,
            "this account does not own it",
            "Buy the number in this account, or give the line the account that owns it.",
        )
        return
    registration = numbers.registration(account, number)
    yield judged(
        f"{name}, texting",
        record.can_sms,
        "can text" if record.can_sms else "the number cannot text",
        "Choose a number with SMS at Twilio, and register it.",
    )
    yield from _webhooks(name, record, registration, line_id)
    yield _registered(f"{name}, A2P registration", registration, number)
    skew = numbers.clock_skew
    if skew is not None:
        yield judged(
            f"{name}, clock",
            abs(skew) <= SKEW,
            f"{abs(skew).total_seconds():.0f} s from the carrier's",
            "Set this machine's clock by NTP.",
        )


def _webhooks(
    name: str, record: NumberRecord, registration: Registration | None, line_id: str
) -> Iterator[Finding]:
    (texts, ours_texts), (calls, ours_calls) = our_addresses().items()
    found = (record.sms_url, record.sms_method.upper() or "POST")
    if record.sms_elsewhere or (registration and registration.inbound_url not in ("", ours_texts)):
        said = (
            "an application answers it"
            if record.sms_elsewhere
            else "its messaging service sends texts elsewhere"
        )
        advice = (
            ELSEWHERE
            if record.sms_elsewhere
            else "At Twilio, in the service's Integration: “Defer to sender's webhook”."
        )
        yield Finding(f"{name}, texts come in", Level.BAD, said, advice, ((texts, ours_texts),))
    else:
        yield _address(f"{name}, texts come in", found, (texts, ours_texts), Level.BAD, line_id)
    if record.voice_elsewhere:
        yield Finding(
            f"{name}, calls come in", Level.WARN, "another application answers", ELSEWHERE
        )
    else:
        found = (record.voice_url, record.voice_method.upper() or "POST")
        yield _address(f"{name}, calls come in", found, (calls, ours_calls), Level.WARN, line_id)


def _address(
    what: str, found: tuple[str, str], ours: tuple[str, str], level: Level, line_id: str
) -> Finding:
    """Level when it is not ours: texts that never come in are worse than calls that meet a dead end."""
    if found == (ours[1], "POST"):
        return judged(what, True, "the carrier calls us")
    said = (
        f"the carrier calls {found[0] or 'nobody'}"
        if found[0] != ours[1]
        else "the carrier calls by GET"
    )
    advice = f"At Twilio, in the number's settings, “{ours[0]}”: paste the address, method POST."
    return Finding(what, level, said, advice, (ours,), repair=line_id)


def _registered(what: str, registration: Registration | None, number: str) -> Finding:
    if number.startswith(TOLL_FREE):
        return judged(what, True, "toll-free: verified at Twilio instead of a campaign")
    if registration is None:
        return judged(
            what, False, "the number is in no messaging service, so in no campaign", REGISTER
        )
    if registration.status == "VERIFIED":
        return judged(what, True, f"its campaign is verified ({registration.service})")
    waits = registration.status in ("PENDING", "IN_PROGRESS")
    status = registration.status.lower().replace("_", " ") or "missing"
    said = f"its campaign is {status} ({registration.service})"
    advice = (
        "Carriers look at it, which takes days. Until then texts may be blocked."
        if waits
        else REGISTER
    )
    return Finding(what, Level.WARN if waits else Level.BAD, said, advice)
