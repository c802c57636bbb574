"""Two records of one office, or of one organization: listed with reasons, told apart or merged after a
preview; everything moves, nothing is sent, the ledger stays, and it can be taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import digests, intakes, partner_links, referrals, referrers
from app.core.db import db, transaction
from app.models.community_organization import CommunityOrganization
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Event
from app.models.mail import Mail
from app.models.message import Direction, Message
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.partner_merge import Partner, PartnerMerge
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.touchpoint import Touchpoint
from app.models.user import Role, User
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.partner.asks import pantry, post_ask
from tests.web.test_referrals import refer
from tests.world import Casting, World, look_again

SignIn = Callable[[User], FlaskClient]
LONG, SHORT = "Riverside Internal Medicine", "Riverside Internal Med."
OURS, THEIRS = "+15035550188", "+15035550189"


@pytest.fixture
def lea(sign_in: SignIn, world: World) -> FlaskClient:
    return sign_in(world.lea)


def again(row: Any) -> Any:
    look_again()
    return db.session.get_one(type(row), (row.practice_id, row.id))


def sums() -> tuple[object, ...]:
    """Of the ledger."""
    rows = select(func.count(), func.sum(Touchpoint.seconds)).select_from(Touchpoint)
    return tuple(db.session.execute(rows).one())


def whose(column: Any) -> list[Any]:
    look_again()
    return sorted({each for each in db.session.scalars(select(column)) if each is not None})


def merge(client: FlaskClient, kind: str, keep: Partner, gone: Partner) -> Any:
    answer = client.post(f"/duplicates/{kind}/{keep.id}/merges", data={"other": str(gone.id)})
    look_again()
    return answer


def take_back(client: FlaskClient, kind: str, keep: Partner) -> Any:
    row = db.session.scalars(select(PartnerMerge).where(PartnerMerge.undone_at.is_(None))).one()
    answer = client.delete(f"/duplicates/{kind}/{keep.id}/merges/{row.id}")
    look_again()
    return answer


@pytest.fixture
def two(world: World, clock: Clock) -> tuple[Referrer, Referrer]:
    """One office, twice: the second with a referral, a patient sent by link, a number, links and a digest."""
    keep = refer(world, clock).referrer
    assert keep is not None
    with transaction():
        gone = referrers.find_or_add(world.practice.id, SHORT, by=SYSTEM, at=clock.now)
        for office, phone, people in ((db.session.merge(keep), OURS, "Dr. Lee"),
                                      (gone, THEIRS, "Dr. Ito\nDr. Lee")):  # fmt: skip
            email = "desk@riverside.example.org" if office is gone else ""
            referrers.update(office, email=email, phone=phone, fax="", clinicians=people, by=SYSTEM,
                             at=clock.now)  # fmt: skip
        referrals.create(db.session.merge(world.kim), reason="Food", by=SYSTEM, at=clock.now,
                         referrer=gone, ask_first=False)  # fmt: skip
        written = intakes.Written("Rosa", "Jimenez", "1957-03-09", "Falls at home")
        intakes.submit(gone, written, by=SYSTEM, at=clock.now)
        digests.send(gone, at=clock.now)
    return keep, gone


def test_an_office_is_listed_and_told_apart(
    lea: FlaskClient, world: World, clock: Clock, two: tuple[Referrer, Referrer]
) -> None:
    keep, gone = two
    here = "/duplicates/office"
    page = lea.get(here).text
    assert "Similar name" in page
    assert "Same clinician" in page
    assert lea.post(f"{here}/{keep.id}/not-same/{gone.id}").status_code == 303
    assert "Similar name" not in lea.get(here).text
    lea.delete(f"{here}/{gone.id}/not-same/{keep.id}")
    assert "Similar name" in lea.get(here).text
    assert SHORT in lea.get(f"{here}/{keep.id}/merges/new?q=internal+med.").text


@pytest.fixture
def link(two: tuple[Referrer, Referrer], world: World, clock: Clock) -> str:
    """The path of the second record's standing page; both have written."""
    phones = Phones(world, clock)
    for number in (OURS, THEIRS):
        phones.text(number, "How is our patient?")
    with transaction():
        made = referrers.make_link(
            db.session.merge(two[1]), LinkScope.OFFICE, by=SYSTEM, at=clock.now
        )
    return "/partner/" + made.rsplit("/", 1)[1]


def threads() -> dict[Any, int]:
    """How many texts stand in each office's thread."""
    look_again()
    rows = (
        select(Conversation.referrer_id, func.count())
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.direction == Direction.INBOUND)
        .group_by(Conversation.referrer_id)
    )
    return {office: count for office, count in db.session.execute(rows)}


def test_everything_of_an_office_moves_and_nothing_is_sent(
    lea: FlaskClient, client: FlaskClient, world: World, two: tuple[Referrer, Referrer], link: str
) -> None:
    keep, gone = two
    before = sums()
    preview = lea.get(f"/duplicates/office/{keep.id}/merges/new?other={gone.id}").text
    for words in ("1 referrals", "1 patients sent by link", "1 numbers", "1 messages", "1 links",
                  "e-mail, clinicians", "Merging sends nothing"):  # fmt: skip
        assert words in preview, words
    assert merge(lea, "office", keep, gone).status_code == 303
    kept = again(keep)
    assert (kept.email, kept.clinicians) == ("desk@riverside.example.org", ["Dr. Lee", "Dr. Ito"])
    for column in (Referral.referrer_id, PhoneNumber.referrer_id, Mail.subject_id):
        assert whose(column) == [keep.id], column
    assert (threads(), sums()) == ({keep.id: 2}, before)
    assert whose(Message.direction) == [Direction.INBOUND]
    offices = lea.get("/offices").text
    assert (str(gone.id) in offices, "2 under way" in offices) == (False, True)
    assert lea.get(f"/offices/{gone.id}").location.endswith(str(keep.id))
    client.post(link)
    page = client.get(f"{link}/office").text
    assert f"<strong>{world.sam.initials}</strong>" in page  # of the other record
    assert merge(lea, "office", keep, gone).status_code == 409


def test_a_merge_of_offices_is_taken_back(
    lea: FlaskClient, world: World, clock: Clock, two: tuple[Referrer, Referrer], link: str
) -> None:
    keep, gone = two
    merge(lea, "office", keep, gone)
    with transaction():  # another system still knows it by the other name, a fax by its code
        found = referrers.find_or_add(world.practice.id, SHORT, by=SYSTEM, at=clock.now)
        assert found.id == keep.id
        assert referrers.find_by_code(world.practice.id, gone.form_code or "") is found
    Phones(world, clock).text(THEIRS, "One more thing")
    assert "was merged into this one" in lea.get(f"/offices/{keep.id}").text
    assert take_back(lea, "office", keep).status_code == 303
    kept, back = again(keep), again(gone)
    assert (kept.email, kept.clinicians, back.merged_into_id) == (None, ["Dr. Lee"], None)
    for column in (Referral.referrer_id, PhoneNumber.referrer_id):
        assert whose(column) == sorted([keep.id, gone.id]), column
    assert whose(Mail.subject_id) == [gone.id]
    assert threads() == {gone.id: 1, keep.id: 2}  # what came meanwhile stays
    opened = partner_links.find(link.rsplit("/", 1)[1])
    assert opened is not None
    assert opened.subject_id == gone.id
    said = set(db.session.scalars(select(Event.kind).where(Event.kind.like("referrer.merge%"))))
    assert said == {"referrer.merged", "referrer.merged_away", "referrer.merge_undone"}


def test_two_records_of_an_organization_are_one(
    ana: FlaskClient, lea: FlaskClient, world: World, clock: Clock
) -> None:
    keep, gone = pantry(world, clock), pantry(world, clock, name="The Harbor Pantry, Inc.")
    referral = refer(world, clock)
    for one in (keep, gone):
        post_ask(ana, referral, one)
    page = "/duplicates/organization"
    assert "Same name, written otherwise" in lea.get(page).text
    assert "same need" in lea.get(f"{page}/{keep.id}/merges/new?other={gone.id}").text
    assert merge(lea, "organization", keep, gone).status_code == 409
    ask = db.session.scalars(
        select(OrganizationAsk).where(OrganizationAsk.organization_id == keep.id)
    ).one()
    ana.delete(f"/asks/{ask.id}")
    assert merge(lea, "organization", keep, gone).status_code == 303
    assert whose(OrganizationAsk.organization_id) == [keep.id]
    assert f"organizations/{gone.id}" not in lea.get("/settings/referrals/organizations").text
    assert "Inc." in lea.get(f"/settings/referrals/organizations/{gone.id}").text
    take_back(lea, "organization", keep)
    assert whose(OrganizationAsk.organization_id) == sorted([keep.id, gone.id])
    assert whose(CommunityOrganization.merged_into_id) == []


def test_it_shows_a_lead_of_another_practice_none_of_our_records(
    lea: FlaskClient, sign_in: SignIn, world: World, clock: Clock, two: tuple[Referrer, Referrer]
) -> None:
    with transaction():
        theirs = db.session.get_one(Practice, world.cara.practice_id)
        lead = Casting(theirs, clock.now).user("Lou Lind", Role.LEAD)
    assert LONG in lea.get("/duplicates/office").text
    page = sign_in(lead).get("/duplicates/office")
    assert (page.status_code, LONG in page.text, SHORT in page.text) == (200, False, False)
