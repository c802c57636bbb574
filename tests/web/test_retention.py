"""Keeping the ledger, as leads and admins see it: the years, holds with who and why, and what went."""

from sqlalchemy import select

from app.core.db import db
from app.models.practice import Practice
from app.models.retention import LegalHold
from app.models.user import User
from tests.actions.test_seals import seal, write_rows
from tests.conftest import Clock
from tests.world import World, look_again

HERE = "/settings/retention"


def test_it_says_what_goes_next_and_keeps_a_promise(sign_in, world: World, clock: Clock) -> None:
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    assert "Nothing was written yet" in lea.get(HERE).text
    write_rows(world, clock.now, "ab")
    seal(world, clock.now)
    practice_id = world.practice.id
    assert "0 rows go with the next deletion" in lea.get(HERE).text
    assert lea.post(HERE, data={"keep_years": "12"}).status_code == 403
    assert adam.post(HERE, data={"keep_years": "12"}).status_code == 303
    for odd in ("11", "many", "5"):
        answer = adam.post(HERE, data={"keep_years": odd})
        assert (answer.status_code, "Nothing was changed" in answer.text) == (422, True)
    look_again()
    assert db.session.get_one(Practice, practice_id).keep_years == 12


def test_a_hold_is_placed_and_ended_with_a_reason(sign_in, world: World) -> None:
    lea = sign_in(world.lea)
    mrn, name = world.sam.mrn, world.sam.name
    for odd in ({"mrn": "nobody", "reason": "x"}, {"mrn": mrn, "reason": " "}):
        assert lea.post(f"{HERE}/holds", data=odd).status_code == 422
    assert lea.post(f"{HERE}/holds", data={"mrn": mrn, "reason": "Letter"}).status_code == 303
    again = lea.post(f"{HERE}/holds", data={"mrn": mrn, "reason": "Letter"})
    assert (again.status_code, "already" in again.text) == (422, True)
    page = lea.get(HERE).text
    assert name in page
    assert "Stands" in page
    hold = db.session.scalars(select(LegalHold)).one()
    ending = f"{HERE}/holds/{hold.id}/ending"
    assert lea.post(ending, data={}).status_code == 422
    assert lea.post(ending, data={"reason": "Settled"}).status_code == 303
    assert "Settled" in lea.get(HERE).text
    assert lea.post(f"{HERE}/holds", data={"whole": "yes", "reason": "Audit"}).status_code == 303
    assert "The whole practice" in lea.get(HERE).text


def test_the_other_practice_sees_no_hold_of_ours(sign_in, world: World, clock: Clock) -> None:
    lea = sign_in(world.lea)
    lea.post(f"{HERE}/holds", data={"whole": "yes", "reason": "Our audit"})
    chief: User = world.cara
    chief.role = "admin"
    db.session.commit()
    theirs = sign_in(chief)
    assert theirs.get(HERE).status_code == 200
    assert "Our audit" not in theirs.get(HERE).text
    look_again()
    hold = db.session.scalars(select(LegalHold)).one()
    answer = theirs.post(f"{HERE}/holds/{hold.id}/ending", data={"reason": "Mine"})
    assert answer.status_code == 404
