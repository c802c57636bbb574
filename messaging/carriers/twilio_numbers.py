"""What Twilio has on record about one of our numbers: where it calls us, whether it can text, whether its
campaign (A2P 10DLC) is registered. Reading is harmless; only `point` changes anything there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from messaging.carriers.base import Account, LookupFailed, SendError
from messaging.carriers.twilio_errors import lookup_error
from messaging.carriers.twilio_http import TwilioHttp

_Found = TypeVar("_Found")
_NO_ENVIRONMENT: Final = {"TWILIO_REGION": ""}
_MOST_SERVICES: Final = 20
#: Numbers that need a toll-free verification instead of a campaign.
TOLL_FREE: Final = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """A number as Twilio has it. `*_elsewhere` = an application or trunk answers instead of the address."""

    sid: str
    sms_url: str
    sms_method: str
    voice_url: str
    voice_method: str
    can_sms: bool
    sms_elsewhere: bool
    voice_elsewhere: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """The messaging service a number belongs to, and its campaign's status as Twilio words it ("" = none).
    `inbound_url` is where that service sends texts instead of the number's own address; "" = the number's."""

    service: str
    status: str
    inbound_url: str


class TwilioNumbers:
    """Every method raises a SendError when Twilio can't be asked."""

    def __init__(self, http: TwilioHttp) -> None:
        self._http = http

    @property
    def clock_skew(self) -> timedelta | None:
        """Twilio's clock minus this machine's, by its last answer; it knows whole seconds."""
        return self._http.clock_skew

    def find(self, account: Account, number: str) -> NumberRecord | None:
        """The number's record; None when this account does not own it."""
        rows = _asked(
            lambda: self._of(account).incoming_phone_numbers.list(phone_number=number, limit=2)
        )
        row = next((each for each in rows if each.phone_number == number), None)
        if row is None:
            return None
        return NumberRecord(
            sid=str(row.sid), sms_url=row.sms_url or "", sms_method=row.sms_method or "",
            voice_url=row.voice_url or "", voice_method=row.voice_method or "",
            can_sms=bool((row.capabilities or {}).get("sms")),
            sms_elsewhere=bool(row.sms_application_sid),
            voice_elsewhere=bool(row.voice_application_sid or row.trunk_sid),
        )  # fmt: skip

    def point(self, account: Account, sid: str, *, sms_url: str, voice_url: str) -> None:
        """Let Twilio call us at these addresses."""
        _asked(
            lambda: self._of(account).incoming_phone_numbers(sid).update(
                sms_url=sms_url, sms_method="POST", sms_application_sid="",
                voice_url=voice_url, voice_method="POST",
            )
        )  # fmt: skip

    def registration(self, account: Account, number: str) -> Registration | None:
        """The messaging service that holds the number and its campaign; None when none does."""
        messaging = self._client(account).messaging.v1
        for service in _asked(lambda: messaging.services.list(limit=_MOST_SERVICES)):
            found = _asked(partial(_registration, messaging, service, number))
            if found is not None:
                return found
        return None

    def _of(self, account: Account) -> Any:
        return self._client(account).api.v2010.accounts(account.sid)

    def _client(self, account: Account) -> Any:
        return Client(
            account.sid, account.token, http_client=self._http, environment=_NO_ENVIRONMENT
        )


def _registration(messaging: Any, service: Any, number: str) -> Registration | None:
    of = messaging.services(service.sid)
    if all(each.phone_number != number for each in of.phone_numbers.list(limit=400)):
        return None
    statuses = [str(each.campaign_status or "") for each in of.us_app_to_person.list(limit=5)]
    status = "VERIFIED" if "VERIFIED" in statuses else next(iter(statuses), "")
    own = bool(service.use_inbound_webhook_on_number)
    inbound = "" if own else service.inbound_request_url or "-"
    return Registration(str(service.friendly_name or service.sid), status, inbound)


def _asked(ask: Callable[[], _Found]) -> _Found:
    try:
        return ask()
    except TwilioException as error:
        last = error.args[-1] if error.args else None
        status = getattr(error, "status", None) or getattr(last, "status_code", None)
        raise lookup_error(int(status or 500), None) from None
    except SendError:
        raise
    except Exception as error:
        raise LookupFailed(detail=type(error).__name__) from None
