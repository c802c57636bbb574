"""Referring offices as staff meet them: how they are reached, their links, their form and its code."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import partner_links
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.event import Event
from app.models.partner_link import LinkScope, PartnerLink
from app.models.referral import Referral, Referrer
from app.models.user import User
from tests.conftest import Clock
from tests.web.test_referrals import refer
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def office(world: World, clock: Clock) -> Referrer:
    found = refer(world, clock).referrer
    assert found is not None
    return found


def test_it_shows_an_office_and_changes_how_it_is_reached(
    ana: FlaskClient, sign_in: SignInAs, world: World, office: Referrer
) -> None:
    assert "1 under way" in ana.get("/offices").text
    assert "0 under way" in sign_in(world.ben).get("/offices").text
    page = f"/offices/{office.id}"
    assert "Sam Porter" in ana.get(page).text
    assert "Sam Porter" not in sign_in(world.ben).get(page).text
    form = {"email": "desk@riverside.example.org", "phone": "503 555 0181", "fax": "",
            "clinicians": "Dr. Lee\n\n Dr.  Ito"}  # fmt: skip
    assert ana.post(page, data=form).status_code == 303
    look_again()
    kept = db.session.scalars(select(Referrer)).one()
    assert (kept.email, kept.phone, kept.fax) == (form["email"], "+15035550181", None)
    assert kept.clinicians == ["Dr. Lee", "Dr. Ito"]


def test_it_has_an_office_before_its_first_referral_and_renames_it(
    ana: FlaskClient, world: World
) -> None:
    form = {"name": " Hill  Clinic", "email": "desk@hill.example.org", "phone": "503 555 0182",
            "fax": "503 555 0183", "clinicians": "Dr. Ito", "more_phones": "503 555 0184"}  # fmt: skip
    assert "/offices/new" in ana.get("/offices").text
    assert ana.post("/offices", data=form | {"name": " "}).status_code == 422
    assert ana.post("/offices", data=form | {"phone": world.phone(world.sam)}).status_code == 422
    made = ana.post("/offices", data=form)
    look_again()
    office = db.session.scalars(select(Referrer)).one()  # nothing stayed of the refused ones
    page = f"/offices/{office.id}"
    assert (made.status_code, made.location.endswith(page), office.name) == (
        303,
        True,
        "Hill Clinic",
    )
    numbers = db.session.scalars(select(PhoneNumber).where(PhoneNumber.referrer_id == office.id))
    assert {each.e164 for each in numbers} == {"+15035550182", "+15035550184"}
    assert "/partner/" in ana.post(f"{page}/links", data={"scope": "intake"}).text
    assert str(office.form_code) in ana.get(f"{page}/form").text
    assert "there already" in ana.post("/offices", data=form | {"name": "hill clinic"}).text
    ana.post("/offices", data={"name": "Riverside"})
    assert ana.post(page, data=form | {"name": "Riverside"}).status_code == 422
    assert ana.post(page, data=form | {"name": "Hill Health"}).status_code == 303
    look_again()
    changed = select(Event).where(Event.kind == "referrer.changed")
    facts = db.session.scalars(changed).one().facts
    assert (facts["before"], facts["after"]) == ({"name": "Hill Clinic"}, {"name": "Hill Health"})


@pytest.mark.parametrize(
    ("field", "value"), [("email", "desk"), ("email", "a@b.org\nBcc: x@y.org"), ("fax", "12")]
)
def test_it_refuses_what_reaches_nobody(
    ana: FlaskClient, office: Referrer, field: str, value: str
) -> None:
    answer = ana.post(f"/offices/{office.id}", data={field: value})
    assert (answer.status_code, "invalid-feedback" in answer.text) == (422, True)


@pytest.mark.parametrize("scope", [LinkScope.INTAKE, LinkScope.OFFICE])
def test_it_shows_a_link_once_and_ends_the_one_before(
    ana: FlaskClient, office: Referrer, scope: LinkScope
) -> None:
    page = f"/offices/{office.id}"
    tokens = []
    for _ in range(2):
        text = ana.post(f"{page}/links", data={"scope": scope.value}).text
        tokens.append(re.findall(r"/partner/([\w-]{22,})", text)[0])
    assert tokens[1] not in ana.get(page).text
    look_again()
    first, second = (partner_links.find(token) for token in tokens)
    assert first is not None
    assert second is not None
    assert (first.revoked_at is None, second.revoked_at is None) == (False, True)
    ana.delete(f"{page}/links/{scope.value}")
    look_again()
    assert all(link.revoked_at for link in db.session.scalars(select(PartnerLink)))
    assert ana.post(f"{page}/links", data={"scope": "referral"}).status_code == 422


def test_it_opens_the_form_by_the_code_of_a_fax(
    ana: FlaskClient, sign_in: SignInAs, world: World, office: Referrer
) -> None:
    code = office.form_code
    assert code is not None
    assert code in ana.get(f"/offices/{office.id}/form").text
    typed = f"{code[:3].lower()}-{code[3:]}"
    assert f'value="{office.name}"' in ana.get(f"/referrals/new?code={typed}").text
    assert "No office has this code" in ana.get("/referrals/new?code=NOSUCH").text
    assert "No office has this code" in sign_in(world.cara).get(f"/referrals/new?code={code}").text
    assert len(db.session.scalars(select(Referral)).all()) == 1
