"""W3: requests the carrier did not sign, in every way we could think of: refused, and not one row is left."""

from collections.abc import Callable
from itertools import cycle

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.models.practice import Line, LineDirectory
from app.models.registry import metadata
from tests.conftest import TWILIO_TOKEN
from tests.faults.figures import Figure, size
from tests.faults.posting import Forged, Form, post, signed
from tests.phones import new_sid
from tests.web.webhooks.signing import BASE, PATH, inbound_form
from tests.world import World, look_again

COUNT = size(160, 1000)
OWN_SID, OWN_TOKEN = "AC" + "b" * 32, "the-token-of-another-practice"


def a_true_form(world: World, n: int) -> Form:
    words = ("1", "STOP", "Hello", "START", "yes", "Sí 👍")
    people = (world.sam, world.rosa, world.tom)
    return inbound_form(world, world.phone(people[n % 3]), words[n % len(words)])


def no_signature(form: Form, n: int) -> Forged:
    return Forged(form, None if n % 2 else "")


def wrong_token(form: Form, n: int) -> Forged:
    return Forged(form, signed(form, token=f"{TWILIO_TOKEN[:-1]}{n % 10}"))


def anothers_token(form: Form, n: int) -> Forged:
    """Practice B signs with its own token: for A's number, under A's account or its own."""
    changed = form | ({} if n % 2 else {"AccountSid": OWN_SID})
    return Forged(changed, signed(changed, token=OWN_TOKEN))


def truncated(form: Form, n: int) -> Forged:
    return Forged(form, signed(form)[: -1 - n % 26])


def wrong_case(form: Form, n: int) -> Forged:
    return Forged(form, signed(form).swapcase() if n % 2 else signed(form).lower())


def wrong_url(form: Form, n: int) -> Forged:
    bases = (
        "https://localhost:8000",
        "http://evil.example.org",
        f"{BASE}/x",
        "http://localhost:8001",
    )
    return Forged(form, signed(form, base=bases[n % len(bases)]))


def replayed_path(form: Form, n: int) -> Forged:
    """A true request, posted once more elsewhere."""
    elsewhere = (
        f"{PATH}?a=1",
        "/webhooks/twilio/voice",
        f"{PATH}/{new_sid()}/status",
        f"{PATH}/00000000-0000-0000-0000-000000000000/status",
        f"{PATH}/",
        "/webhooks/twilio",
    )
    return Forged(form, signed(form), path=elsewhere[n % len(elsewhere)])  # fmt: skip


def changed_body(form: Form, n: int) -> Forged:
    changes = ({"Body": "STOP now"}, {"From": "+15035550105"}, {"New": "key"}, {"MessageSid": new_sid()},
               {"To": "+12065550100"}, {"Body": ""})  # fmt: skip
    return Forged(form | changes[n % len(changes)], signed(form))


CORPUS: tuple[Callable[[Form, int], Forged], ...] = (
    no_signature, wrong_token, anothers_token, truncated, wrong_case, wrong_url, replayed_path,
    changed_body,
)  # fmt: skip


def every_row() -> dict[str, int]:
    """How many rows each table has."""
    look_again()
    tables = metadata.sorted_tables
    return {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


@pytest.fixture
def neighbour(world: World) -> None:
    """Another practice with an account of its own."""
    with transaction():
        line = db.session.get_one(Line, (world.other_practice.id, world.other_line.id))
        line.account_sid, line.auth_token = OWN_SID, OWN_TOKEN
        entry = select(LineDirectory).where(LineDirectory.line_id == line.id)
        db.session.scalars(entry).one().account_sid = OWN_SID


def test_it_refuses_what_the_carrier_did_not_sign(
    world: World, app: Flask, neighbour: None, figure: Figure
) -> None:
    theirs = a_true_form(world, 2) | {"AccountSid": OWN_SID, "To": world.other_line.number}
    true = Forged(theirs, signed(theirs, token=OWN_TOKEN))
    assert post(app, true) == 200, "or nothing would be shown by refusing the rest"
    before = every_row()
    answers = []
    for n, forge in zip(range(COUNT), cycle(CORPUS), strict=False):
        answers.append(post(app, forge(a_true_form(world, n), n // len(CORPUS))))
    after = every_row()
    accepted = sum(answer < 400 for answer in answers)
    broken = sum(answer >= 500 for answer in answers)
    rows = sum(abs(after[name] - before[name]) for name in after)
    figure("W3 forged", n=len(answers), accepted=accepted, broken=broken, rows=rows)
    assert (accepted, broken, rows) == (0, 0, 0)
