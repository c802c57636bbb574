"""Requests to the webhook as an outsider makes them: any form, any address, and a signature by
tests/carrier/signing, which shares nothing with the product."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask

from tests.carrier.signing import signature_of
from tests.conftest import TWILIO_TOKEN
from tests.web.webhooks.signing import BASE, PATH

Form = dict[str, str]


@dataclass(frozen=True)
class Forged:
    """What is posted where, under which signature (None: none)."""

    form: Form
    signature: str | None
    path: str = PATH
    raw: str | None = None


def signed(form: Form, *, path: str = PATH, token: str = TWILIO_TOKEN, base: str = BASE) -> str:
    return signature_of(base + path, form, token)


def post(app: Flask, forged: Forged) -> int:
    headers = {} if forged.signature is None else {"X-Twilio-Signature": forged.signature}
    return app.test_client().post(
        forged.path, data=forged.raw or urlencode(forged.form), headers=headers,
        content_type="application/x-www-form-urlencoded",
    ).status_code  # fmt: skip
