"""The Messages API: create, fetch, list, with Twilio's shapes of answers and errors."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from tests.carrier.exchange import Exchange, Rejected
from tests.carrier.faults import Fault
from tests.carrier.messages import API_VERSION, Message

Json = dict[str, Any]


def error_json(http_status: int, code: int, text: str) -> Json:
    """Return the body of one of Twilio's errors."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": text, "more_info": more, "status": http_status}


def create(
    exchange: Exchange, account_sid: str, form: dict[str, str], fault: Fault | None
) -> tuple[int, Json]:
    """Take a message unless a fault says it is not taken."""
    if fault is not None and not fault.accepts:
        return faulty(fault)
    try:
        # The answer shows the state at the moment of creation, whatever happens meanwhile.
        shown = exchange.accept(account_sid, form).as_json() | {"status": "queued"}
    except Rejected as no:
        return no.http_status, error_json(no.http_status, no.code, no.text)
    if fault is None or fault.mode in {
        "accept_then_late",
        "accept_then_drop",
        "garbled",
        "held",
    }:
        return 201, shown
    if fault.mode == "no_sid":
        return 201, shown | {"sid": None}
    if fault.mode == "odd_status":
        return 201, shown | {"status": "teleported"}
    return faulty(fault)


def faulty(fault: Fault) -> tuple[int, Json]:
    """Return the answer a fault asks for."""
    if fault.mode == "busy_429":
        return 429, error_json(429, 20429, "Too Many Requests")
    if fault.mode.startswith("error_500"):
        return 500, error_json(500, 20500, "Internal Server Error")
    if fault.mode == "uncoded":
        return fault.http_status, {}
    return fault.http_status, error_json(fault.http_status, fault.code, "Refused as asked.")


def fetch(exchange: Exchange, account_sid: str, sid: str) -> tuple[int, Json]:
    """Show one message."""
    message = exchange.find(account_sid, sid)
    if message is None:
        return 404, error_json(404, 20404, f"The requested resource {sid} was not found")
    return 200, message.as_json()


def listing(exchange: Exchange, account_sid: str, query: dict[str, str]) -> tuple[int, Json]:
    """Show one page of messages, newest first, filtered by To, From and DateSent."""
    size = min(int(query.get("PageSize", "50")), 1000)
    page = int(query.get("Page", "0"))
    found = [m for m in exchange.listing(account_sid) if _wanted(m, query)]
    shown = found[page * size : (page + 1) * size]
    path = f"/{API_VERSION}/Accounts/{account_sid}/Messages.json"
    more = len(found) > (page + 1) * size
    following = query | {"PageSize": str(size), "Page": str(page + 1), "PageToken": f"PA{page + 1}"}
    return 200, {
        "messages": [m.as_json() for m in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": f"{path}?{urlencode(query)}",
        "first_page_uri": f"{path}?{urlencode(query | {'Page': '0'})}",
        "next_page_uri": f"{path}?{urlencode(following)}" if more else None,
        "previous_page_uri": None,
    }


def _wanted(message: Message, query: dict[str, str]) -> bool:
    if query.get("To", message.recipient) != message.recipient:
        return False
    if query.get("From", message.sender) != message.sender:
        return False
    for key, bound in (("DateSent", "="), ("DateSent>", ">"), ("DateSent<", "<")):
        if key in query and not _sent_within(message, query[key], bound):
            return False
    return True


def _sent_within(message: Message, text: str, bound: str) -> bool:
    """DateSent counts in whole GMT days; a message that is still queued has none."""
    if message.sent_at is None:
        return False
    day = datetime.combine(date.fromisoformat(text[:10]), time(), UTC)
    if bound == ">":
        return message.sent_at >= day
    if bound == "<":
        return message.sent_at < day + timedelta(days=1)
    return day <= message.sent_at < day + timedelta(days=1)
