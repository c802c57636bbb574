"""The carrier's stand-in and an app that texts through it, for every test."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.carrier.client import StandIn

#: The account of the tests' apps.
TWILIO_SID = "AC" + "0" * 31 + "1"
TWILIO_TOKEN = "a-token-only-tests-know"


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """Over HTTP, with the account the tests' apps know; it reports nothing by itself."""
    with StandIn(account_sid=TWILIO_SID, auth_token=TWILIO_TOKEN) as running:
        running.configure(callbacks="none")
        yield running


@pytest.fixture
def twilio(stand_in: StandIn, make_app: Callable[..., Flask]) -> Flask:
    """An app in this process that sends through the stand-in."""
    return make_app(carrier="twilio", twilio_api_url=stand_in.base_url)
