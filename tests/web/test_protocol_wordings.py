"""A protocol's words: written by leads and admins, previewed, approved by another of them, versioned."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import protocols, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.protocol import Approval, Protocol
from app.models.task import TaskType
from app.models.user import User
from app.web import protocol_word_form as words
from tests.conftest import Clock
from tests.own_protocols import changed
from tests.world import World, look_again

BASE = "/settings/protocols/medication_received"
PAGE = f"{BASE}/words"
MEDICINE = TaskType.MEDICATION_RECEIVED
SignInAs = Callable[[User], FlaskClient]


def form(version: int = 1, **replaced: str) -> dict[str, str]:
    values = words.of_definition(changed(MEDICINE)).values
    return values | {"version": str(version), "why": "Plainer"} | replaced


def rows(world: World) -> list[Protocol]:
    look_again()
    mine = (Protocol.practice_id == world.practice.id, Protocol.task_type == MEDICINE)
    return list(db.session.scalars(select(Protocol).where(*mine).order_by(Protocol.version)))


def current(world: World) -> Protocol:
    (found,) = [row for row in rows(world) if row.is_current]
    return found


SAID = {
    "line-en": "Reply 1 for here, 2 for not here, 3 for soon.", "answer-yes-en": "it is here",
    "answer-no-es": "no ha llegado",
}  # fmt: skip


def test_it_changes_titles_at_once(world: World, sign_in: SignInAs) -> None:
    lea = sign_in(world.lea)
    assert "Ends as" in lea.get(PAGE).text
    answer = lea.post(
        PAGE, data=form(**{"title": "Medicine is here", "outcome-received": "Has it"})
    )
    assert answer.status_code == 303
    definition = protocols.read(current(world))
    assert (definition.version, definition.title) == (2, "Medicine is here")
    assert definition.success.title == "Has it"
    assert "Medicine is here" in lea.get("/settings/protocols").text


def test_it_waits_with_patients_words_until_another_lead_has_read_them(
    world: World, sign_in: SignInAs, clock: Clock
) -> None:
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    lea.post(PAGE, data=form(**SAID))
    assert current(world).version == 1
    made = rows(world)[-1]
    assert (made.version, made.approval, made.based_on) == (2, Approval.AWAITED, 1)
    mine = lea.get(f"{BASE}/versions").text
    assert "another lead or admin approves them" in mine
    assert lea.post(f"{BASE}/versions/2/approval").status_code == 403
    theirs = adam.get(f"{BASE}/versions").text
    assert "Reply 1 for here, 2 for not here, 3 for soon." in theirs
    assert "Approve version 2" in theirs
    clock.advance(minutes=5)
    assert adam.post(f"{BASE}/versions/2/approval").status_code == 303
    approved = current(world)
    assert (approved.version, approved.decided_by_id) == (2, world.adam.id)
    with transaction():
        tasks.create(db.session.merge(world.sam), MEDICINE, by=SYSTEM, at=clock.now)
    ask = db.session.scalars(select(Message).where(Message.asked.is_not(None))).one()
    assert "Reply 1 for here, 2 for not here, 3 for soon." in ask.body
    assert (ask.asked or {})["options"][0]["label"] == "it is here"
    kinds = db.session.scalars(select(Event.kind).where(Event.kind.like("protocol.%"))).all()
    assert sorted(kinds) == ["protocol.changed", "protocol.drafted"]


def test_it_is_not_used_when_somebody_says_no(world: World, sign_in: SignInAs) -> None:
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    lea.post(PAGE, data=form(**SAID))
    assert adam.post(f"{BASE}/versions/2/refusal", data={"reason": ""}).status_code == 422
    adam.post(f"{BASE}/versions/2/refusal", data={"reason": "Too short"})
    page = adam.get(f"{BASE}/versions").text
    assert "Not used" in page
    assert "Too short" in page
    assert adam.post(f"{BASE}/versions/2/approval").status_code == 409
    assert current(world).version == 1
    adam.post(f"{BASE}/versions/2/restoration")  # adam is for it now: lea has to read it then
    assert [row.approval for row in rows(world)][-1] is Approval.AWAITED


def test_it_goes_back_to_words_that_were_approved_once(world: World, sign_in: SignInAs) -> None:
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    lea.post(PAGE, data=form(**SAID))
    adam.post(f"{BASE}/versions/2/approval")
    lea.post(f"{BASE}/versions/1/restoration")
    assert current(world).version == 3
    assert protocols.read(current(world)).patient_words == changed(MEDICINE).patient_words


def test_it_approves_nothing_over_a_version_that_came_meanwhile(
    world: World, sign_in: SignInAs
) -> None:
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    lea.post(PAGE, data=form(**SAID))
    adam.post(PAGE, data=form(title="Medicine is here"))
    assert current(world).version == 3
    assert adam.post(f"{BASE}/versions/2/approval").status_code == 409
    assert current(world).version == 3
    assert rows(world)[1].approval is Approval.AWAITED  # nothing of it happened


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("title", "", "Write something here."),
        ("line-en", "Reply 1 for yes or 2 for no.", "Name the number 3."),
        ("answer-yes-en", "STOP", "STOP"),
        ("answer-no-es", "{patient_first_name}", "leave braces out"),
        ("label-en", "w" * 61, "Shorten it to 60 characters."),
    ],
)
def test_it_says_what_stands_against_the_words(
    world: World, sign_in: SignInAs, field: str, text: str, said: str
) -> None:
    lea = sign_in(world.lea)
    answer = lea.post(PAGE, data=form(**{field: text}))
    assert answer.status_code == 422
    assert said in answer.text
    assert said in lea.post(f"{PAGE}/preview", data=form(**{field: text})).text
    assert len(rows(world)) == 1


def test_it_shows_how_it_reads_before_it_is_saved(world: World, sign_in: SignInAs) -> None:
    page = sign_in(world.lea).post(f"{PAGE}/preview", data=form(**SAID)).text
    assert "Reply 1 for here, 2 for not here, 3 for soon." in page
    assert "no ha llegado" in page
    assert world.practice.name in page
    assert len(rows(world)) == 1


def test_it_needs_nobody_else_where_there_is_nobody_else(world: World, sign_in: SignInAs) -> None:
    with transaction():
        db.session.merge(world.adam).is_active = False
    sign_in(world.lea).post(PAGE, data=form(**SAID))
    assert current(world).version == 2


@pytest.mark.pure
@pytest.mark.parametrize("kind", list(TaskType))
def test_it_gives_back_what_is_shipped(kind: TaskType) -> None:
    definition = changed(kind)
    assert words.definition_of(words.of_definition(definition), definition) == definition
