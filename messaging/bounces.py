"""E-mail that came back: a delivery status notification (RFC 3464) read into what it says of which of our
e-mails. Only a final failure counts; that something is late says nothing yet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

#: A notification returns headers and perhaps the e-mail: more is not one.
LARGEST = 1024 * 1024
_FAILED = "failed"
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MESSAGE_ID = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>")
#: Header parts that are no report can hold anything: reading them must never break a sweep.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient an e-mail never reached. `message_id` without brackets; `status` like 5.1.1, or ""."""

    message_id: str
    recipient: str
    status: str


def read(raw: bytes) -> list[Bounce]:
    """What a notification says for good; empty for every other e-mail, however odd."""
    if len(raw) > LARGEST:
        return []
    try:
        report = message_from_bytes(raw, policy=policy.default)
        if not _is_report(report):
            return []
        message_id = _returned(report)
        return list(_failures(report, message_id)) if message_id else []
    except _UNREADABLE:
        return []


def _is_report(message: EmailMessage | Message) -> bool:
    kind = str(message.get_param("report-type", "") or "").lower()
    return message.get_content_type() == "multipart/report" and kind == "delivery-status"


def _failures(report: EmailMessage | Message, message_id: str) -> Iterator[Bounce]:
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in part.get_payload():
            if not isinstance(block, Message):
                continue
            if str(block.get("Action", "")).strip().lower() == _FAILED:
                status = _STATUS.search(str(block.get("Status", "")))
                yield Bounce(message_id, _recipient(block), status.group() if status else "")


def _recipient(block: Message) -> str:
    """The address it was sent to, as we wrote it where the report still knows that."""
    written = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    return written.rpartition(";")[2].strip().strip("<>")


def _returned(report: EmailMessage | Message) -> str | None:
    """The Message-ID of the e-mail that came back: whole, or its headers alone."""
    for part in report.walk():
        if part.get_content_type() == "message/rfc822":
            for inner in part.get_payload():
                if isinstance(inner, Message) and (
                    found := _id_in(str(inner.get("Message-ID", "")))
                ):
                    return found
        if part.get_content_type() == "text/rfc822-headers":
            text = str(part.get_payload())
            headers = message_from_bytes(text.encode(), policy=policy.default)
            if found := _id_in(str(headers.get("Message-ID", ""))):
                return found
    return None


def _id_in(header: str) -> str | None:
    found = _MESSAGE_ID.search(header)
    return found.group(1) if found else None
