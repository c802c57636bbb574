"""E-mail by SMTP, against a server on loopback: what leaves, and how each failure is told apart."""

from collections.abc import Iterator

import pytest

from messaging.mail import Letter, MailError, MailRefused, send
from tests.mail.stand_in import MailStandIn

pytestmark = pytest.mark.pure


@pytest.fixture
def server() -> Iterator[MailStandIn]:
    with MailStandIn() as running:
        yield running


def letter(to: str = "office@example.org") -> Letter:
    text = "Hello,\n\n.a line with a dot\nSeñora\n"
    return Letter(to, "clinic@example.org", "A note", text, "abc@localhost")


def test_it_hands_over_a_plain_letter(server: MailStandIn) -> None:
    send(letter(), server.url)
    taken = server.taken[0]
    assert taken.to == ["office@example.org"]
    message = taken.message
    assert (message["Subject"], message["From"]) == ("A note", "clinic@example.org")
    assert (message["Message-ID"], message["Auto-Submitted"]) == (
        "<abc@localhost>", "auto-generated",
    )  # fmt: skip
    assert taken.text.replace("\r\n", "\n") == letter().text


def test_a_line_break_in_a_name_starts_no_header(server: MailStandIn) -> None:
    odd = Letter("office@example.org", "clinic@example.org", "A\r\nBcc: x@example.org", "Hi", "a@b")
    send(odd, server.url)
    got = server.taken[0].message
    assert (got["Subject"], got["Bcc"]) == ("A Bcc: x@example.org", None)


@pytest.mark.parametrize(
    ("domain", "detail", "kind"),
    [("refused", "550", MailRefused), ("later", "451", MailError)],
)
def test_it_tells_never_from_later(
    server: MailStandIn, domain: str, detail: str, kind: type[MailError]
) -> None:
    with pytest.raises(kind) as raised:
        send(letter(f"x@{domain}.example.org"), server.url)
    assert (raised.value.detail, raised.value.retryable) == (detail, kind is MailError)
    assert server.taken == []


def test_it_tries_again_when_nobody_answers(server: MailStandIn) -> None:
    url = server.url
    server.__exit__()
    server.server = type(server.server)()  # so that the fixture has one to end
    server.__enter__()
    with pytest.raises(MailError) as raised:
        send(letter(), url)
    assert raised.value.retryable
    assert "example.org" not in str(raised.value)
