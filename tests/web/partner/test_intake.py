"""An office refers a patient through its link, without an account; and staff match it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import referrers
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.partner_link import LinkScope
from app.models.referral import Referral, Referrer
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.user import User
from app.queries.referral_weeks import weeks
from app.web.partner import intake as door
from tests.web.partner.conftest import LinkFor
from tests.world import World, look_again

FORM = {
    "given_name": "Sam", "family_name": "Porter", "birth_date": "1957-03-09", "phone": "5035550102",
    "referred_by": "Dr. Lee", "reason": "<b>Falls</b> at home",
}  # fmt: skip
SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def office(world: World, clock: Any) -> Referrer:
    with transaction():
        return referrers.find_or_add(world.practice.id, "Riverside", by=SYSTEM, at=clock.now)


@pytest.fixture
def path(link_for: LinkFor, office: Referrer) -> str:
    return f"{link_for(LinkScope.INTAKE, office.id)}/refer"


def sent() -> list[ReferralIntake]:
    look_again()
    return list(db.session.scalars(select(ReferralIntake)))


def test_it_goes_from_the_link_to_a_referral(
    client: FlaskClient, sign_in: SignInAs, world: World, path: str
) -> None:
    page = client.get(path.removesuffix("/refer"), follow_redirects=True)
    assert "From Riverside to Harbor Family Clinic" in page.text
    answer = client.post(path, data=FORM, follow_redirects=True)
    assert "Thank you" in answer.text
    assert "Sam" not in answer.text  # the form shows nothing of anybody
    (intake,) = sent()
    ana = sign_in(world.ana)
    assert "referred by link" in ana.get("/bell").text
    assert (
        f"intakes#intake-{intake.id}" in ana.get("/").text
    )  # a card with its clock, among the day's work
    waiting = ana.get("/referrals/intakes").text
    assert "Sam Porter, born 1957-03-09" in waiting
    assert "&lt;b&gt;Falls" in waiting
    assert ana.post(f"/referrals/intakes/{intake.id}/acceptance").status_code == 422
    act = f"/referrals/intakes/{intake.id}/acceptance"
    assert ana.post(act, data={"patient_id": str(world.tom.id)}).status_code == 404
    assert ana.post(act, data={"patient_id": str(world.sam.id)}).status_code == 303
    assert sent()[0].status is IntakeStatus.ACCEPTED
    assert db.session.scalars(select(Referral)).one().patient_id == world.sam.id
    assert "Nothing waits" in ana.get("/referrals/intakes").text
    assert "Sam" not in sign_in(world.cara).get("/referrals/intakes").text


def test_it_counts_the_week_of_one_nobody_matched(
    client: FlaskClient, sign_in: SignInAs, world: World, path: str, clock: Any
) -> None:
    client.post(path, data=FORM)
    assert weeks(world.viewer(world.ana), at=clock.now).pcp.running == 1
    page = sign_in(world.ana).get("/referrals/intakes").text
    assert re.search(
        r"Its week ends [^<]*11:59 pm", " ".join(re.sub(r"</?time[^>]*>", "", page).split())
    )
    clock.advance(days=9)
    found = weeks(world.viewer(world.ana), at=clock.now)
    assert (found.pcp.missing, found.patient.missing, found.unmatched) == (1, 1, 1)
    ana = sign_in(world.ana)
    assert "Its week is over" in ana.get("/referrals/intakes").text
    assert "the week is over for <strong>1</strong>" in ana.get("/referrals").text
    assert weeks(world.viewer(world.cara), at=clock.now).pcp.ended == 0


def test_it_keeps_what_was_typed_when_something_is_missing(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=FORM | {"birth_date": ""})
    assert answer.status_code == 422
    assert "Write their birth date" in answer.text
    assert 'value="Porter"' in answer.text
    assert sent() == []


def test_it_drops_what_a_script_filled_in(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=FORM | {"website": "http://example.org"}).status_code == 303
    assert sent() == []


def test_it_is_bounded_by_the_hour(client: FlaskClient, path: str) -> None:
    most = int(door.PER_LINK[0].partition("/")[0])
    codes = [client.post(path, data=FORM).status_code for _ in range(most + 1)]
    assert codes == [303] * most + [429]


@pytest.mark.parametrize("scope", [LinkScope.OFFICE, LinkScope.REFERRAL, LinkScope.DAY_LIST])
def test_it_opens_by_no_other_link(
    client: FlaskClient, link_for: LinkFor, office: Referrer, scope: LinkScope
) -> None:
    path = link_for(scope, office.id)
    client.post(path)
    assert client.get(f"{path}/refer").status_code == 410
    assert client.post(f"{path}/refer", data=FORM).status_code == 410
    assert sent() == []


def test_the_code_of_a_printed_form_leads_to_it(
    client: FlaskClient, ana: FlaskClient, world: World, office: Referrer
) -> None:
    code, here = office.form_code, f"/refer/{world.practice.slug}"
    paper = ana.get(f"/offices/{office.id}/form").text
    assert (f"{here}</strong>" in paper, paper.count("<svg") > 1, "form-qr" in paper) == (True,) * 3
    typed = client.post(here, data={"code": f" {str(code)[:3].lower()}-{str(code)[3:]}"})
    assert typed.location.endswith(f"{here}/{code}")
    door = client.get(typed.location).text
    assert ("From Riverside" in door, "Sam" in door) == (True, False)
    assert sent() == []
    opened = client.post(typed.location)
    assert client.post(opened.location, data=FORM).status_code == 303
    (intake,) = sent()
    assert intake.referrer_id == office.id
    assert ana.get(typed.location).location.endswith(f"/referrals/new?code={code}")  # keys a fax
    ana.post(f"/offices/{office.id}/code")  # it fell into wrong hands
    for answer in (client.post(typed.location), client.get(typed.location),
                   client.post(here, data={"code": code})):  # fmt: skip
        assert answer.status_code in (404, 422)
        assert "Compare it letter by letter" in answer.text
    assert client.get("/refer/nowhere").status_code == 404
    answers = [client.post(here, data={"code": "WRONG2"}).status_code for _ in range(20)]
    assert answers[-1] == 429
