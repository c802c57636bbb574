"""The Twilio carrier: send, fetch and list through Twilio's SDK with our own HTTP client.

Every exception leaves here as one of `base`'s errors and without its cause: Twilio's texts and
URLs hold phone numbers, and a traceback would carry them into a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client

from messaging.carriers.base import (
    Account,
    Attached,
    CarrierMessage,
    CarrierMisconfigured,
    InDoubt,
    LookupFailed,
    NotAccepted,
    Outgoing,
    Receipt,
    SendError,
)
from messaging.carriers.media_http import MediaHttp
from messaging.carriers.twilio_errors import lookup_error, send_error
from messaging.carriers.twilio_forms import ACCOUNT_SID, MESSAGE_SID, parse_inbound, parse_status
from messaging.carriers.twilio_http import TWILIO_API, NeverLeft, TwilioHttp, leaving_only_if
from messaging.carriers.twilio_numbers import TwilioNumbers
from messaging.carriers.twilio_records import carrier_message, created_at, receipt_status

__all__ = ["TwilioCarrier", "parse_inbound", "parse_status"]

_PAGE_SIZE: Final = 200
# The SDK reads the process's environment unless it is given another one that is not empty.
_NO_ENVIRONMENT: Final = {"TWILIO_REGION": ""}
_Answered = (TwilioRestException, TwilioServiceException)


class TwilioCarrier:
    """Talks to Twilio's Messages API, or to whatever answers like it at `base_url`."""

    kind: ClassVar[str] = "twilio"

    def __init__(
        self, base_url: str = TWILIO_API, connect_timeout: float = 3, read_timeout: float = 10
    ) -> None:
        """Timeouts are seconds. Raises CarrierMisconfigured for a base URL that is none."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CarrierMisconfigured("TWILIO_API_URL must be a full http(s) address.")
        self._http = TwilioHttp(
            base_url=base_url, connect_timeout=connect_timeout, read_timeout=read_timeout
        )
        self._media = MediaHttp(
            base_url, connect_seconds=connect_timeout, total_seconds=read_timeout
        )

    @property
    def numbers(self) -> TwilioNumbers:
        """What it has on record about our numbers."""
        return TwilioNumbers(self._http)

    def send(self, outgoing: Outgoing) -> Receipt:
        """Create one message. InDoubt means: it may exist, ask before trying again."""
        messages = self._messages(outgoing.account)
        try:
            with leaving_only_if(outgoing.may_leave):
                made = messages.create(
                    to=outgoing.recipient,
                    from_=outgoing.sender,
                    body=outgoing.body,
                    status_callback=outgoing.status_callback or values.unset,
                    validity_period=outgoing.validity_seconds or values.unset,
                )
            return _receipt(made)
        except NeverLeft as error:
            raise NotAccepted(detail=str(error)) from None
        except _Answered as error:
            raise send_error(error.status, error.code) from None
        except SendError:
            raise
        except Exception as error:  # the request may have left: no kind of failure proves otherwise
            raise InDoubt(detail=type(error).__name__) from None

    def fetch(self, account: Account, provider_id: str) -> CarrierMessage | None:
        """Return one message on record, or None when Twilio does not know it."""
        if not re.fullmatch(MESSAGE_SID, provider_id):
            return None
        try:
            return carrier_message(self._messages(account)(provider_id).fetch())
        except _Answered as error:
            if error.status == 404:
                return None
            raise lookup_error(error.status, error.code) from None
        except SendError:
            raise
        except Exception as error:
            raise LookupFailed(detail=type(error).__name__) from None

    def list_messages(
        self,
        account: Account,
        *,
        sender: str | None = None,
        recipient: str | None = None,
        since: datetime,
    ) -> Iterator[CarrierMessage]:
        """Yield messages created at or after `since`, newest first.

        Not filtered by DateSent, which Twilio leaves empty while a message is queued. Reading
        stops at the first page that holds nothing new enough.
        """
        since = since.replace(
            microsecond=0
        )  # as coarse as Twilio's dates, or the newest are missed
        messages = self._messages(account)
        page = _read_page(
            lambda: messages.page(
                to=recipient or values.unset, from_=sender or values.unset, page_size=_PAGE_SIZE
            )
        )
        while page is not None:
            rows = [row for row in page if (created_at(row) or since) >= since]
            yield from (found for row in rows if (found := carrier_message(row)) is not None)
            page = _read_page(page.next_page) if rows else None

    def list_media(self, account: Account, provider_id: str) -> tuple[Attached, ...]:
        """Return the files of a message. Raises LookupFailed or another SendError."""
        page = _read_page(lambda: self._messages(account)(provider_id).media.page(page_size=20))
        own = f"{TWILIO_API}/2010-04-01/Accounts/{account.sid}/Messages/{provider_id}/Media"
        rows = sorted(page, key=lambda row: str(row.sid))  # asked twice, the order is the same
        return tuple(Attached(f"{own}/{row.sid}", str(row.content_type or "")) for row in rows)

    def fetch_media(self, account: Account, provider_id: str, url: str) -> bytes:
        """Return one file of a message. Raises MediaError."""
        return self._media.fetch(account, provider_id, url)

    def _messages(self, account: Account) -> Any:
        if not re.fullmatch(ACCOUNT_SID, account.sid) or not account.token:
            raise CarrierMisconfigured(detail="no usable account")
        client = Client(
            account.sid, account.token, http_client=self._http, environment=_NO_ENVIRONMENT
        )
        return client.api.v2010.accounts(account.sid).messages


def _receipt(made: Any) -> Receipt:
    """Read the answer to a create. Without a SID, nobody knows what was made."""
    if not isinstance(made.sid, str) or not re.fullmatch(MESSAGE_SID, made.sid):
        raise InDoubt(detail="no sid")
    segments = str(made.num_segments or "")
    count = int(segments) if segments.isascii() and segments.isdigit() else 0
    return Receipt(made.sid, receipt_status(made), count or None)


def _read_page(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except TwilioException as error:
        # A refused page is raised as plain TwilioException(text, response).
        status = getattr(error.args[-1] if error.args else None, "status_code", 500)
        raise lookup_error(status, None) from None
    except SendError:
        raise
    except Exception as error:
        raise LookupFailed(detail=type(error).__name__) from None
