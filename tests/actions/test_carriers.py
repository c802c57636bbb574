"""Which carrier and account serve a line, and where the carrier reports to."""

from collections.abc import Callable

from flask import Flask

from app.actions.carriers import account_of, carrier_for, status_callback
from app.core.db import db, transaction
from tests.conftest import TWILIO_SID, TWILIO_TOKEN
from tests.world import World

OWN_SID = "AC" + "9" * 32


def test_it_uses_the_environments_account_unless_the_line_has_its_own(
    world: World, make_app: Callable[..., Flask]
) -> None:
    with make_app(carrier="twilio").app_context():
        line = db.session.merge(world.line)
        assert (account_of(line).sid, account_of(line).token) == (TWILIO_SID, TWILIO_TOKEN)
        with transaction():
            line = db.session.merge(world.line)
            line.account_sid, line.auth_token = OWN_SID, "its own"
        assert (account_of(line).sid, account_of(line).token) == (OWN_SID, "its own")


def test_it_keeps_one_twilio_client_per_process(
    world: World, make_app: Callable[..., Flask]
) -> None:
    with make_app(carrier="twilio").app_context():
        carrier = carrier_for(world.practice)
        assert carrier.kind == "twilio"
        assert carrier_for(world.other_practice) is carrier


def test_it_lets_the_carrier_report_under_the_messages_own_id(
    world: World, make_app: Callable[..., Flask]
) -> None:
    name = world.sam.id
    with make_app(carrier="twilio", public_url="https://clinic.example.org").app_context():
        assert status_callback(name) == (
            f"https://clinic.example.org/webhooks/twilio/messages/{name}/status"
        )


def test_it_never_puts_an_account_of_the_environment_on_the_sandbox(world: World) -> None:
    assert account_of(world.line).sid != TWILIO_SID
    assert status_callback(world.sam.id) is None
