"""The mail sweep: it sends, once, nothing of a patient in it; later, never, taken back, a lapsed claim."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions import letters, mail, partner_links, referral_notes
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.mail import Mail, MailStatus
from app.models.partner_link import LinkScope, PartnerLink
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_letter import LetterState, ReferralLetter
from app.models.task import Needs
from tests.actions.test_letters import approve, follow_up, receive
from tests.conftest import Clock
from tests.mail.stand_in import MailStandIn
from tests.world import World
from workers import mail as sweep


@pytest.fixture
def server(make_app: Callable[..., Flask]) -> Iterator[MailStandIn]:
    """A mail server, and this test's app set up to use it."""
    with MailStandIn() as running:
        made = make_app(smtp_url=running.url, mail_from="clinic@example.org")
        with made.app_context():
            yield running


@pytest.fixture
def letter(world: World, clock: Clock, server: MailStandIn) -> ReferralLetter:
    return approve(receive(world, clock), world, clock)


def of(letter: ReferralLetter) -> Referral:
    return letter.referral


def fresh() -> Mail:
    db.session.expire_all()
    return db.session.scalars(select(Mail)).one()


def test_it_sends_once_and_nothing_of_the_patient(
    world: World, letter: ReferralLetter, server: MailStandIn
) -> None:
    assert (sweep.send_due(), sweep.send_due()) == (1, 0)
    taken = server.taken[0]
    assert (len(server.taken), taken.to) == (1, ["office@example.org"])
    whole = taken.content.decode() + taken.text
    patient = of(letter).patient
    for private in (patient.given_name, patient.family_name, "Falls", "1957", "S.P.", patient.mrn):
        assert private not in whole
    assert (fresh().status, letter.state) == (MailStatus.SENT, LetterState.SENT)
    link = db.session.scalars(select(PartnerLink)).one()
    token = taken.text.partition("/partner/")[2].split()[0]
    found = partner_links.find(token)
    assert found is not None
    assert (found.id, link.subject_id) == (link.id, letter.referral_id)
    facts = repr([event.facts for event in db.session.scalars(select(Event))])
    assert token not in facts


def test_it_opens_a_card_when_the_address_is_refused(
    world: World, letter: ReferralLetter, clock: Clock
) -> None:
    fresh().to_address = "gone@refused.example.org"
    with transaction():
        row = db.session.scalars(select(Mail)).one()
        row.to_address = "gone@refused.example.org"
    assert sweep.send_due() == 0
    assert (fresh().status, fresh().reason) == (MailStatus.REFUSED, "550")
    assert letter.state is LetterState.FAILED
    assert follow_up(of(letter)).needs is Needs.UPDATE_PCP


def test_it_tries_again_later_and_gives_up_in_the_end(letter: ReferralLetter, clock: Clock) -> None:
    with transaction():
        db.session.scalars(select(Mail)).one().to_address = "x@later.example.org"
    sweep.send_due()
    assert (fresh().status, fresh().due_at) == (MailStatus.WAITING, clock.now + mail.PAUSES[0])
    assert sweep.send_due() == 0
    assert fresh().tries == 1  # not before its time
    for pause in mail.PAUSES:
        clock.advance(seconds=pause.total_seconds())
        sweep.send_due()
    assert (fresh().status, fresh().tries) == (MailStatus.FAILED, mail.MOST_TRIES)
    assert letter.state is LetterState.FAILED


def test_it_does_not_send_what_was_taken_back_or_told(
    letter: ReferralLetter, world: World, clock: Clock, server: MailStandIn
) -> None:
    with transaction():
        letters.attest(
            letter, how="phone", told_to="Kim", told_at=clock.now, by=world.viewer(world.ana),
            at=clock.now,
        )  # fmt: skip
    assert (sweep.send_due(), server.taken) == (0, [])
    assert fresh().status is MailStatus.CANCELLED


@pytest.mark.parametrize("why", ["off", "restored"])
def test_it_sends_nothing_of_a_practice_that_is_switched_off(
    letter: ReferralLetter, world: World, clock: Clock, server: MailStandIn, why: str
) -> None:
    with transaction():
        practice = db.session.get_one(Practice, world.practice.id)
        practice.is_sending = why != "off"
        practice.restored_from = clock.now if why == "restored" else None
    assert (sweep.send_due(), server.taken, fresh().tries) == (0, [], 0)


def test_it_takes_over_a_claim_that_lapsed(letter: ReferralLetter, clock: Clock) -> None:
    row = fresh()
    assert row.due_at is not None
    with transaction():
        first = mail.claim(row.practice_id, row.id, row.due_at, at=clock.now)
        assert mail.claim(row.practice_id, row.id, clock.now, at=clock.now) is None
    assert sweep.send_due() == 0
    clock.advance(seconds=mail.LEASE.total_seconds())
    assert sweep.send_due() == 1
    assert first is not None
    with transaction():
        assert mail.settle(first, None, at=clock.now) is None  # another's by now


def test_it_goes_on_after_a_broken_one(
    letter: ReferralLetter, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = approve(receive(world, clock), world, clock)
    write, broken = sweep.mail_words.write, letter.id

    def break_one(row: Mail, **more: object) -> object:
        if row.subject_id == broken:
            raise RuntimeError("broken")
        return write(row, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep.mail_words, "write", break_one)
    assert sweep.send_due() == 1
    assert other.state is LetterState.SENT
    assert SYSTEM.id is None


def note(referral: Referral, world: World, clock: Clock) -> None:
    with transaction():
        referral_notes.answer(referral, "Friday", by=world.viewer(world.ana), at=clock.now)


def mails() -> list[Mail]:
    db.session.expire_all()
    return list(db.session.scalars(select(Mail).order_by(Mail.created_at, Mail.id)))


def test_it_makes_two_emails_of_a_morning_of_letters(
    letter: ReferralLetter, world: World, clock: Clock, server: MailStandIn
) -> None:
    """The first leaves at once; what follows is one, with the office's page behind it, and none is told."""
    assert sweep.send_due() == 1
    for _ in range(4):
        clock.advance(minutes=10)
        approve(receive(world, clock), world, clock)
    note(of(letter), world, clock)
    assert (sweep.send_due(), len(server.taken)) == (0, 1)
    clock.advance(hours=6)
    assert (sweep.send_due(), sweep.send_due()) == (1, 0)
    said = server.taken[1].text
    assert "4 new notes and 1 answer about patients" in said
    assert "Sam" not in said
    link = partner_links.find(said.partition("/partner/")[2].split()[0])
    assert link is not None
    assert link.scope is LinkScope.OFFICE
    assert {row.status for row in mails()} == {MailStatus.SENT}
    states = [each.state for each in db.session.scalars(select(ReferralLetter))]
    assert states == [LetterState.SENT] * 5
    note(of(letter), world, clock)
    clock.advance(hours=7)
    assert sweep.send_due() == 0  # two left today
    clock.advance(hours=18)
    assert sweep.send_due() == 1


def test_it_holds_no_letter_past_its_week(
    letter: ReferralLetter, world: World, clock: Clock, server: MailStandIn
) -> None:
    sweep.send_due()
    ends = of(letter).week_ends_at
    assert ends is not None
    clock.set(ends - timedelta(hours=8))
    note(of(letter), world, clock)
    assert sweep.send_due() == 1
    clock.advance(hours=1)
    late = receive(world, clock)
    with transaction():
        late.week_ends_at = ends
    approve(late, world, clock)
    assert sweep.send_due() == 0
    clock.set(ends - timedelta(hours=4))
    assert sweep.send_due() == 1


def test_it_lets_go_of_what_it_carried_and_shares_its_end(
    letter: ReferralLetter, world: World, clock: Clock, server: MailStandIn
) -> None:
    """Tried and taken back, the others leave by themselves; refused, each one opens what it would have."""
    other, third = (approve(receive(world, clock), world, clock) for _ in range(2))
    with transaction():
        for row in db.session.scalars(select(Mail)):
            row.to_address = "x@later.example.org"
    assert sweep.send_due() == 0
    assert [row.carried_by_id is None for row in mails()].count(True) == 1
    first = next(row for row in mails() if row.carried_by_id is None)
    with transaction():
        for each in (letter, other, third):
            if each.id == first.subject_id:
                letters.withdraw(db.session.merge(each), by=SYSTEM, at=clock.now)
        for row in db.session.scalars(select(Mail)):
            row.to_address = "gone@refused.example.org"
    assert sweep.send_due() == 0
    statuses = sorted(row.status for row in mails())
    assert statuses == [MailStatus.CANCELLED, MailStatus.REFUSED, MailStatus.REFUSED]
    states = sorted(each.state for each in db.session.scalars(select(ReferralLetter)))
    assert states.count(LetterState.FAILED) == 2
