"""Who can't be texted, as staff meet it: grouped, narrowed, with the next step, and as a file."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import carrier_blocks
from app.core.db import db, transaction
from app.models.event import Event
from app.models.user import User
from app.queries.untextable import REASONS
from app.web.untextable import NEXT_STEPS
from app.web.words import WORDS
from tests.world import World, look_again

SignIn = Callable[[User], FlaskClient]
LIST = "/patients/untextable"


def block_sam(world: World, clock) -> None:
    with transaction():
        carrier_blocks.block(db.session.merge(world.number(world.sam)), None, at=clock.now)


def test_it_says_why_and_what_to_do(ana: FlaskClient, world: World) -> None:
    text = ana.get(LIST).text
    for words in ("Olga Petrova", "Texted STOP 1", "ask them to text START to (503) 555-0100",
                  f"/patients/{world.olga.id}"):  # fmt: skip
        assert words in text, words
    assert "Sam Porter" not in text


def test_it_is_narrowed_to_one_reason(ana: FlaskClient, world: World, clock) -> None:
    block_sam(world, clock)
    text = ana.get(f"{LIST}?reason=carrier_blocked").text
    assert "Sam Porter" in text
    assert "Nobody here can lift this. Ask them to text START to (503) 555-0100." in text
    assert "Olga Petrova" not in text
    assert "Olga Petrova" in ana.get(f"{LIST}?reason=nonsense").text


def test_it_is_a_fragment_that_refreshes_itself(ana: FlaskClient) -> None:
    text = ana.get(LIST, headers={"HX-Request": "true"}).text
    assert text.lstrip().startswith('<div id="untextable"')
    assert "poke:board" in text


def test_it_is_kind_when_everybody_can_be_texted(sign_in: SignIn, world: World) -> None:
    assert "Everybody here can be texted" in sign_in(world.ben).get(LIST).text


def test_it_is_downloaded_and_the_audit_trail_says_so(
    ana: FlaskClient, world: World, clock
) -> None:
    block_sam(world, clock)
    with transaction():
        db.session.merge(world.sam).given_name = "=Sam"
    answer = ana.get(f"{LIST}/file.csv?reason=carrier_blocked")
    assert answer.mimetype == "text/csv"
    header, line = answer.text.splitlines()
    assert header.startswith("mrn,given_name,family_name")
    assert line.startswith("H-2,'=Sam,Porter,1957-03-09,en,(503) 555-0102,Harbor team,Blocked by")
    look_again()
    (event,) = db.session.scalars(select(Event).where(Event.kind == "untextable.fetched"))
    assert (event.actor_id, event.facts) == (
        world.ana.id,
        {"reason": "carrier_blocked", "rows": 1},
    )


def test_the_file_holds_the_viewers_own_patients_only(sign_in: SignIn, world: World) -> None:
    assert len(sign_in(world.ben).get(f"{LIST}/file.csv").text.splitlines()) == 1


def test_every_reason_has_words_and_a_next_step() -> None:
    assert set(REASONS) == set(NEXT_STEPS)
    assert set(REASONS) <= set(WORDS["cannot_text"])
