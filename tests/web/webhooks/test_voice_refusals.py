"""What the voice webhooks refuse: forgeries, forms they can't read, captured requests cut anew."""

from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.incoming_call import IncomingCall
from tests.conftest import TWILIO_SID, TWILIO_TOKEN
from tests.web.webhooks.calling import VOICE, call_form, call_of, dial_form, ring
from tests.web.webhooks.signing import counted, signed
from tests.web.webhooks.test_twilio_refusals import recut
from tests.world import World


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"signature": None}, 403),
        ({"signature": ""}, 403),
        ({"signature": "AAAA"}, 403),
        ({"signature": "é" * 28}, 403),
        ({"token": "another-token"}, 403),
        ({"signed_path": "/webhooks/twilio/messages"}, 403),
        ({"signed_base": "https://evil.example.org"}, 403),
        ({"tampered": {"From": "+15035550106"}}, 403),
        ({"tampered": {"New": "key"}}, 403),
        ({"method": "GET"}, 405),
    ],
)
def test_it_refuses_forgeries(
    client: FlaskClient, world: World, change: dict[str, object], status: int
) -> None:
    before = counted(Event)
    answer = ring(client, call_form(world, world.phone(world.sam)), **change)
    assert answer.status_code == status
    assert (counted(IncomingCall), counted(Conversation), counted(Event)) == (0, 0, before)
    for secret in (TWILIO_TOKEN, TWILIO_SID, "Traceback", "app/", "Harbor"):
        assert secret not in answer.text


@pytest.mark.parametrize("query", ["?foo=a%2Fb%20c", "?x=%c3%a1+d&y=%7E", "?a=%2f&a=%2F"])
def test_it_verifies_over_the_query_as_it_was_called(
    client: FlaskClient, world: World, query: str
) -> None:
    form = call_form(world, world.phone(world.sam))
    assert signed(client, VOICE + query, form).status_code == 200
    rewritten = call_form(world, world.phone(world.sam))
    path = f"{VOICE}?a=%2F"
    assert signed(client, path, rewritten, signed_path=f"{VOICE}?a=/").status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"CallSid": "CA1"},
        {"CallSid": "SM" + "1" * 32},
        {"From": "+1 503 555 0102", "Caller": "+1 503 555 0102"},
        {"From": "sip:sam@example.org", "Caller": "sip:sam@example.org"},
        {"Caller": "+15035550106"},
        {"Called": "+15035550111"},
        {"Direction": "outbound-api"},
        {"CallStatus": "singing"},
        {"FromCity": "PORTLAND+15035550106"},
        {"BrandNewKey": "x"},
    ],
)
def test_it_refuses_signed_forms_it_cannot_read(
    client: FlaskClient, world: World, changed: dict[str, str]
) -> None:
    answer = ring(client, call_form(world, world.phone(world.sam)) | changed)
    assert (answer.status_code, answer.text) == (400, "bad request")
    assert counted(IncomingCall) == 0


@pytest.mark.parametrize("missing", ["CallSid", "AccountSid", "From", "To", "CallStatus"])
def test_it_needs_every_key(client: FlaskClient, world: World, missing: str) -> None:
    form = call_form(world, world.phone(world.sam))
    del form[missing]
    assert ring(client, form).status_code == 400


@pytest.mark.parametrize("kept", ["AccountSid", "CallSid", "To", "From", "CallStatus"])
def test_it_reads_a_call_with_few_keys(client: FlaskClient, world: World, kept: str) -> None:
    needed = {"CallSid", "AccountSid", "From", "To", "CallStatus"}
    full = call_form(world, world.phone(world.sam))
    form = {name: value for name, value in full.items() if name in needed}
    assert kept in form
    assert ring(client, form).status_code == 200


def test_it_refuses_repeated_keys(client: FlaskClient, world: World) -> None:
    form = call_form(world, world.phone(world.sam))
    twice = f"{urlencode(form)}&{urlencode({'From': form['From']})}"
    assert signed(client, VOICE, form, raw=twice).status_code in (400, 403)
    assert counted(IncomingCall) == 0


@pytest.mark.parametrize("change", [{"signature": None}, {"token": "x"}, {"signed_path": VOICE}])
def test_it_refuses_a_forged_end(
    client: FlaskClient, world: World, change: dict[str, object]
) -> None:
    form = call_form(world, world.phone(world.sam))
    ring(client, form)
    path = f"{VOICE}/{call_of(form).id}/end"
    assert signed(client, path, dial_form(form, "completed", 5), **change).status_code == 403
    assert call_of(form).end is None


@pytest.mark.parametrize(
    "changed",
    [{"DialCallStatus": "sang"}, {"DialCallStatus": ""}, {"DialCallDuration": "-1"}, {"Odd": "x"}],
)
def test_it_refuses_an_end_it_cannot_read(
    client: FlaskClient, world: World, changed: dict[str, str]
) -> None:
    form = call_form(world, world.phone(world.sam))
    ring(client, form)
    path = f"{VOICE}/{call_of(form).id}/end"
    answer = signed(client, path, dial_form(form, "completed", 5) | changed)
    assert (answer.status_code, answer.text) == (400, "bad request")
    assert call_of(form).end is None


def test_it_survives_a_request_cut_anew(client: FlaskClient, world: World) -> None:
    """W4: whatever takes effect says what the true one said; everything else is refused."""
    form = call_form(world, world.phone(world.sam))
    form["CallerName"] = f"From{world.phone(world.tom)}FromCity"  # as bad as a caller can make it
    cut = [each for each in recut(form) if each != form]
    assert len(cut) > 100  # else this proves nothing
    statuses = {signed(client, VOICE, form, raw=urlencode(other)).status_code for other in cut}
    assert statuses <= {200, 400, 403}
    for row in db.session.scalars(select(IncomingCall)):
        true = (form["CallSid"], world.number(world.sam).id)
        assert (row.provider_id, row.phone_number_id) == true


def test_it_says_later_and_nothing_more_when_something_breaks(
    client: FlaskClient, world: World
) -> None:
    form = call_form(world, world.phone(world.sam))
    with transaction():
        db.session.connection().exec_driver_sql("ALTER TABLE incoming_call RENAME TO gone")
    answer = ring(client, form)
    with transaction():
        db.session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO incoming_call")
    assert (answer.status_code, answer.text) == (503, "try again later")
    assert ring(client, form).status_code == 200
