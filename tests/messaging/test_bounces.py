"""Delivery status notifications as servers write them, and everything that only looks like one."""

import pytest

from messaging.bounces import Bounce, read

pytestmark = pytest.mark.pure
OURS = "0198a1c2-0000-7000-8000-000000000001@texts.example.org"


def report(
    *, action: str = "failed", status: str = "5.1.1", returned: str | None = None,
    extra: str = "", kind: str = "delivery-status",
) -> bytes:  # fmt: skip
    returned = returned or (
        "Content-Type: message/rfc822\r\n\r\nFrom: clinic@example.org\r\nTo: office@example.org\r\n"
        f"Message-ID: <{OURS}>\r\nSubject: A note\r\n\r\nHello\r\n"
    )
    return (
        "From: MAILER-DAEMON@mx.example.org\r\nTo: clinic@example.org\r\nSubject: Undelivered\r\n"
        f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour e-mail could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; office@example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 no such user\r\n{extra}\r\n"
        f"--b\r\n{returned}--b--\r\n"
    ).encode()


HEADERS_ALONE = (
    f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{OURS}>\r\nSubject: x\r\n\r\n"
)
SECOND = (
    "\r\nFinal-Recipient: rfc822; other@example.org\r\nAction: failed\r\nStatus: 5.2.2 (full)\r\n"
)


def test_it_reads_which_e_mail_reached_whom_not() -> None:
    assert read(report()) == [Bounce(OURS, "office@example.org", "5.1.1")]


def test_it_reads_one_that_returns_the_headers_alone() -> None:
    assert read(report(returned=HEADERS_ALONE)) == [Bounce(OURS, "office@example.org", "5.1.1")]


def test_it_reads_every_recipient() -> None:
    assert [(each.recipient, each.status) for each in read(report(extra=SECOND))] == [
        ("office@example.org", "5.1.1"), ("other@example.org", "5.2.2"),
    ]  # fmt: skip


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_it_waits_for_a_final_word(action: str) -> None:
    assert read(report(action=action)) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\r\n\r\nI am away.",
        report(kind="disposition-notification"),
        report(returned="Content-Type: message/rfc822\r\n\r\nSubject: no id\r\n\r\nHello\r\n"),
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\n\r\n--b--",
        report() + b"x" * 1024 * 1024,
    ],
)
def test_it_reads_nothing_in_what_is_no_final_report(raw: bytes) -> None:
    assert read(raw) == []
