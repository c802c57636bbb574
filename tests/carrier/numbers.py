"""The numbers of an account, and the messaging services they belong to, with Twilio's shapes: what is on
record of them is set through the control surface, and changed by a POST as the real one changes."""

import re
from typing import Any

from tests.carrier.exchange import Exchange

NUMBERS_PATH = re.compile(
    r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/IncomingPhoneNumbers"
    r"(?:/(PN\w+))?\.json"
)
SERVICES_PATH = re.compile(r"/v1/Services(?:/(MG\w+)/(PhoneNumbers|Compliance/Usa2p))?")
FIELDS = {
    "SmsUrl": "sms_url", "SmsMethod": "sms_method", "SmsApplicationSid": "sms_application_sid",
    "VoiceUrl": "voice_url", "VoiceMethod": "voice_method",
}  # fmt: skip
Json = dict[str, Any]


def listing(exchange: Exchange, account_sid: str, query: dict[str, str]) -> Json:
    found = [
        number for number in exchange.numbers.values()
        if query.get("PhoneNumber") in (None, number["phone_number"])
    ]  # fmt: skip
    path = f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.json"
    return {
        "incoming_phone_numbers": found,
        "page": 0,
        "page_size": 50,
        "uri": path,
        "next_page_uri": None,
    }


def change(exchange: Exchange, sid: str, form: dict[str, str]) -> Json | None:
    number = next((each for each in exchange.numbers.values() if each["sid"] == sid), None)
    if number is not None:
        number.update({FIELDS[name]: value for name, value in form.items() if name in FIELDS})
    return number


def services(exchange: Exchange, sid: str | None, part: str | None) -> Json:
    """Every service, or the numbers or campaigns of one."""
    of = exchange.services.get(sid or "", {})
    key, rows = {
        None: ("services", [each["service"] for each in exchange.services.values()]),
        "PhoneNumbers": ("phone_numbers", [{"phone_number": n} for n in of.get("numbers", [])]),
        "Compliance/Usa2p": (
            "compliance", [{"campaign_status": status} for status in of.get("campaigns", [])],
        ),
    }[part]  # fmt: skip
    return {key: rows, "meta": {"key": key, "page": 0, "page_size": 50, "next_page_url": None}}


def put(exchange: Exchange, wish: Json | None) -> None:
    """{number, sms_url, …, can_sms, campaigns, inbound_url}: the one number there is; None = none."""
    exchange.numbers.clear()
    exchange.services.clear()
    if wish is None:
        return
    number = wish["number"]
    exchange.numbers[number] = {
        "sid": "PN" + "1" * 32, "phone_number": number,
        "sms_url": wish.get("sms_url", ""), "sms_method": wish.get("sms_method", "POST"),
        "voice_url": wish.get("voice_url", ""), "voice_method": wish.get("voice_method", "POST"),
        "sms_application_sid": wish.get("sms_application_sid", ""),
        "capabilities": {"sms": wish.get("can_sms", True), "voice": True},
    }  # fmt: skip
    if "campaigns" in wish:
        service = {"sid": "MG" + "1" * 32, "friendly_name": "Care",
                   "use_inbound_webhook_on_number": "inbound_url" not in wish,
                   "inbound_request_url": wish.get("inbound_url")}  # fmt: skip
        exchange.services[service["sid"]] = {
            "service": service, "numbers": [number], "campaigns": wish["campaigns"],
        }  # fmt: skip
