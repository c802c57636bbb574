"""Twilio's voice: the form of a call that came in and of one that was put through, read strictly, and the
TwiML we answer with. A call cannot be held as a text can: what nobody can vouch for is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from twilio.twiml.voice_response import VoiceResponse

from messaging.calls import CallEnd, CallIn, DialReport
from messaging.carriers.base import BadWebhook
from messaging.carriers.twilio_forms import ACCOUNT_SID, check, check_same, read_once
from messaging.spoken import Speech

CALL_SID: Final = r"CA[0-9a-fA-F]{32}"
_NUMBER: Final = r"\+[1-9][0-9]{6,14}|[0-9]{3,8}"
#: Twilio's words and stand-in numbers for a caller who hides theirs
#: (https://help.twilio.com/articles/223179988).
_HIDDEN: Final = frozenset({
    "", "anonymous", "restricted", "blocked", "unknown", "unavailable", "private",
    "+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253",
})  # fmt: skip
_CALLER: Final = rf"(?i:{_NUMBER}|[a-z]{{0,20}})"
_STATES: Final = r"queued|initiated|ringing|in-progress|completed|busy|failed|no-answer|canceled"

# What we act on: a value that does not fit refuses the request.
_CALL: Final[Mapping[str, str]] = {
    "CallSid": CALL_SID,
    "AccountSid": ACCOUNT_SID,
    "From": _CALLER,
    "Caller": _CALLER,
    "To": _NUMBER,
    "Called": _NUMBER,
    "CallStatus": _STATES,
    "Direction": "inbound",
}
_DIAL: Final[Mapping[str, str]] = {
    "DialCallStatus": r"[a-z-]{1,20}",
    "DialCallSid": CALL_SID,
    "DialCallDuration": r"[0-9]{1,6}",
    "DialBridged": r"true|false",
}
# What only describes: known, not used, and lenient, because an odd town must not drop a call. None may
# hold a "+" inside: a captured request cut anew would have to hide the true caller's number in one.
_WORDS: Final = r"[^+\n]{0,100}"
_LONG_WORDS: Final = r"[^+\n]{0,8000}"
_DESCRIPTIVE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("ApiVersion", "ParentCallSid", "CallerName", "StirVerstat", "CallDuration", "Duration",
         "Timestamp", "SequenceNumber", "CallbackSource"), _WORDS,
    ),
    **dict.fromkeys(("StirPassportToken", "CallToken"), _LONG_WORDS),
    **dict.fromkeys(("ForwardedFrom", "CalledVia"), rf"\+?{_WORDS}"),
    **{
        f"{end}{part}": _WORDS
        for end in ("From", "To", "Caller", "Called")
        for part in ("City", "State", "Zip", "Country")
    },
}  # fmt: skip
_VOICES: Final = {"en": "en-US", "es": "es-US"}
RING_SECONDS: Final = 25


#: Provider words stop here; an unknown one refuses the report.
_ENDS: Final[Mapping[str, CallEnd]] = {
    "completed": CallEnd.ANSWERED,
    "answered": CallEnd.ANSWERED,
    "no-answer": CallEnd.NO_ANSWER,
    "canceled": CallEnd.NO_ANSWER,
    "busy": CallEnd.BUSY,
    "failed": CallEnd.FAILED,
}


def parse_call(form: Iterable[tuple[str, str]]) -> CallIn:
    """Read the webhook of a call that comes in. Raises BadWebhook."""
    fields = _read(form, _CALL, required=("CallSid", "AccountSid", "From", "To", "CallStatus"))
    return CallIn(fields["CallSid"], _caller(fields["From"]), fields["To"])


def parse_dial(form: Iterable[tuple[str, str]]) -> DialReport:
    """Read what became of putting a call through. Raises BadWebhook, also for an unknown word."""
    needed = ("CallSid", "AccountSid", "To", "DialCallStatus")
    fields = _read(form, {**_CALL, **_DIAL}, required=needed)
    end = _ENDS.get(fields["DialCallStatus"])
    if end is None:
        raise BadWebhook("DialCallStatus is a word nobody knows.")
    return DialReport(fields["CallSid"], end, int(fields.get("DialCallDuration", "0")))


def speak(said: Sequence[Speech]) -> str:
    """TwiML that says it and hangs up."""
    answer = _saying(said)
    answer.hangup()
    return str(answer)


def speak_and_dial(
    said: Sequence[Speech], number: str, *, action: str, caller_id: str | None = None
) -> str:
    """TwiML that says it and rings `number`; `action` is told how that ended.

    The caller's own number is shown there, or `caller_id` when they hide it.
    """
    answer = _saying(said)
    shown = {"caller_id": caller_id} if caller_id else {}
    dial = answer.dial(
        action=action, method="POST", timeout=RING_SECONDS, answer_on_bridge=True, **shown
    )
    dial.number(number)
    return str(answer)


def _saying(said: Sequence[Speech]) -> VoiceResponse:
    answer = VoiceResponse()
    for each in said:
        answer.say(each.words, language=_VOICES[each.language])
    return answer


def _caller(written: str) -> str | None:
    shown = written not in _HIDDEN and re.fullmatch(_NUMBER, written)
    return written if shown else None


def _read(
    form: Iterable[tuple[str, str]], acted_on: Mapping[str, str], *, required: tuple[str, ...]
) -> dict[str, str]:
    fields = read_once(form)
    check(fields, {**acted_on, **_DESCRIPTIVE}, required=required)
    check_same(fields, "To", ("Called",))
    if "From" in fields:
        check_same(fields, "From", ("Caller",))
    if fields.keys() - acted_on.keys() - _DESCRIPTIVE.keys():
        raise BadWebhook("A key nobody knows.")
    return fields
