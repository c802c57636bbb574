"""Does the world reach us by https, and do we reach the mail server?"""

from collections.abc import Iterator
from datetime import datetime

import requests

from app.actions.doctor.finding import Finding, judged, warned
from app.core.settings import LOOPBACK, current_settings
from messaging import mail
from messaging.mail import MailError

SECONDS = 5
TEST_SUBJECT = "Touchline: a test"
TEST_WORDS = "E-mail from Touchline arrives. Nothing else is to be done.\n"


def check_https(_at: datetime) -> Iterator[Finding]:
    """Ask our own public address, the way a carrier would: name, certificate, proxy and all."""
    settings = current_settings()
    if any(settings.public_url.startswith(f"http://{name}") for name in LOOPBACK):
        yield warned(
            "reachable",
            settings.carrier == "sandbox",
            f"{settings.public_url} is this machine only",
            "Set PUBLIC_URL to the https address that carriers and patients call.",
        )
        return
    try:
        with requests.Session() as asked:
            asked.trust_env = False
            answer = asked.get(
                f"{settings.public_url}/healthz", timeout=SECONDS, allow_redirects=False
            )
    except requests.exceptions.SSLError:
        yield judged(
            "reachable",
            False,
            "its certificate is not good",
            "journalctl -u caddy says why. The name must point here, ports 80 and 443 be open.",
        )
    except requests.exceptions.RequestException as error:
        yield judged(
            "reachable",
            False,
            f"{settings.public_url} does not answer ({type(error).__name__})",
            "Does the name point to this machine, is the proxy running, are ports 80 and 443 open?",
        )
    else:
        is_ours = answer.status_code == 200 and answer.text.strip() == '{"status":"alive"}'
        yield judged(
            "reachable",
            is_ours,
            "answers" if is_ours else f"something else answers there ({answer.status_code})",
            "The proxy sends this name elsewhere: it must pass everything on to the web process.",
        )


def check_mail(_at: datetime) -> Iterator[Finding]:
    url = current_settings().smtp_url
    if not url:
        yield warned(
            "e-mail",
            False,
            "no mail server: invitations and letters are handed over by hand",
            "Set SMTP_URL and MAIL_FROM.",
        )
        return
    try:
        mail.knock(url, seconds=SECONDS)
    except MailError as error:
        yield judged(
            "e-mail",
            False,
            f"the mail server does not take us in ({error.detail})",
            "Check SMTP_URL: name, port, user and password.",
        )
    else:
        yield judged("e-mail", True, "the mail server takes us in")
