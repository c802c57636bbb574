"""E-mail by SMTP: one plain letter to one address. E-mails hold no health information: they say that
something is there, and where. A failure says whether another try may help."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

SCHEMES = ("smtp", "smtps")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TIMEOUT_SECONDS = 20


class MailError(Exception):
    """An e-mail did not leave; `detail` is a code, never an address or words."""

    retryable = True

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MailRefused(MailError):
    """The other side will never take it: an unknown address, a blocked sender."""

    retryable = False


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    sender: str
    subject: str
    text: str
    #: Without brackets; the same for every try, so that mail readers show one.
    message_id: str


def send(letter: Letter, url: str) -> None:
    """Hand a letter to the server of `url` (smtp://user:password@host:port, smtps://…).

    Raises MailRefused for good, MailError when another try may help.
    """
    try:
        with _server(url) as server:
            server.send_message(_message(letter), to_addrs=[letter.to])
    except smtplib.SMTPRecipientsRefused as error:
        code = min((code for code, _ in error.recipients.values()), default=0)
        raise _told(code) from None
    except smtplib.SMTPAuthenticationError:
        raise MailError("sign-in") from None  # ours to put right, not the address's fault
    except smtplib.SMTPResponseException as error:
        raise _told(error.smtp_code) from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(type(error).__name__) from None


def knock(url: str, *, seconds: float) -> None:
    """Connect and sign in, and say nothing more. Raises MailError."""
    try:
        with _server(url, seconds=seconds) as server:
            server.noop()
    except smtplib.SMTPAuthenticationError:
        raise MailError("sign-in") from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(type(error).__name__) from None


def _told(code: int) -> MailError:
    return MailRefused(str(code)) if 500 <= code < 600 else MailError(str(code))


def _message(letter: Letter) -> EmailMessage:
    message, subject = (
        EmailMessage(),
        " ".join(letter.subject.split()),
    )  # a name may hold line breaks
    message["From"], message["To"], message["Subject"] = letter.sender, letter.to, subject
    message["Date"], message["Message-ID"] = formatdate(), f"<{letter.message_id}>"
    message["Auto-Submitted"] = "auto-generated"  # no holiday answers, please
    message.set_content(letter.text)
    return message


@contextmanager
def _server(url: str, *, seconds: float = TIMEOUT_SECONDS) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted unless the server is this machine."""
    parts = urlsplit(url)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        made: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=seconds, context=context
        )
    else:
        made = smtplib.SMTP(host, parts.port or 587, timeout=seconds)
    with made:
        if parts.scheme == "smtp" and host not in LOOPBACK:
            made.starttls(context=context)
        if parts.username:
            made.login(unquote(parts.username), unquote(parts.password or ""))
        yield made
