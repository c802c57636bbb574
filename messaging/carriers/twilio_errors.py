"""Twilio's HTTP answers, classified: what was certainly not accepted, and what is in doubt.

Rule: a request that may have been processed is never called failed. Twilio's own error texts stop
here, because they repeat the phone number.
"""

from __future__ import annotations

from typing import Final

from messaging.carriers.base import (
    CarrierBusy,
    CarrierMisconfigured,
    InDoubt,
    LookupFailed,
    NotAccepted,
    RecipientOptedOut,
    Refused,
    SenderQueueFull,
    SendError,
)
from messaging.delivery_errors import POLICIES, policy_for

_TOO_MANY: Final = 429
_QUEUE_FULL: Final = 21611
# A time-out is the one 4xx that says nothing about what became of the request.
_REQUEST_TIMEOUT: Final = 408
# Wrong credentials, account or base URL: every text would meet the same answer.
_SET_UP: Final = frozenset({401, 403, 404, 405})


def send_error(status: int, code: int | None) -> SendError:
    """Return the error for a create call that was answered with `status` and maybe a code.

    `code` is None, or equal to `status`, when the answer held none of Twilio's codes.
    """
    code = None if code == status else code
    detail = f"http {status}"
    if status == _TOO_MANY:
        return CarrierBusy(code=code, detail=detail)
    if status >= 500 or status == _REQUEST_TIMEOUT or 200 <= status < 300:
        return InDoubt(code=code, detail=detail)
    if code is not None and code in POLICIES:
        return _coded(code, detail)
    if status in _SET_UP or 300 <= status < 400:
        return CarrierMisconfigured(code=code, detail=detail)
    if code is None:  # refused on the way, by something that is not Twilio
        return NotAccepted(detail=detail)
    return Refused(policy_for(code).person_text, code=code, detail=detail)


def lookup_error(status: int, code: int | None) -> SendError:
    """Return the error for a read that was refused: reading again is always harmless."""
    error = send_error(status, code)
    if isinstance(error, CarrierBusy | CarrierMisconfigured):
        return error
    return LookupFailed(code=error.code, detail=error.detail)


def _coded(code: int, detail: str) -> SendError:
    policy = policy_for(code)
    if policy.opts_out:
        return RecipientOptedOut(policy.person_text, code=code, detail=detail, permanent=True)
    if policy.our_fault:
        return CarrierMisconfigured(policy.person_text, code=code, detail=detail)
    if policy.retry:
        busy = SenderQueueFull if code == _QUEUE_FULL else CarrierBusy
        return busy(policy.person_text, code=code, detail=detail)
    return Refused(policy.person_text, code=code, detail=detail, permanent=policy.permanent)
