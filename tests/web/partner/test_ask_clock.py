"""The clock of an ask: an organization that is silent gets a card, and any word of it takes the card away."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.task import Needs, Task, TaskType
from app.models.user import User
from tests.web.partner.asks import the_ask
from tests.web.partner.conftest import LinkFor
from tests.web.partner.test_ask import ComeIn, day, say, tasks_of
from tests.world import World
from workers import organization_clocks

SignIn = Callable[[User], FlaskClient]


def silent_cards() -> list[Task]:
    return [
        each for each in tasks_of(TaskType.REFERRAL_FOLLOW_UP) if each.about.get("stage") == "asked"
    ]


def test_it_opens_a_card_when_they_do_not_answer_and_takes_it_away_when_they_do(
    ask: OrganizationAsk,
    link_for: LinkFor,
    come_in: ComeIn,
    sign_in: SignIn,
    world: World,
    clock: Any,
) -> None:
    path = link_for(LinkScope.ASK, ask.id)
    due = the_ask().due_at
    assert due is not None
    clock.set(due - timedelta(minutes=1))
    assert organization_clocks.run() == 0
    clock.set(due)
    assert (organization_clocks.run(), organization_clocks.run()) == (1, 0)
    (card,) = silent_cards()
    assert (card.needs, card.owner_id) == (Needs.NEXT_STEP, world.ana.id)
    assert (
        "Harbor Pantry has not answered in time" in sign_in(world.ana).get(f"/tasks/{card.id}").text
    )
    say(come_in(path), path, "accepted")
    assert not silent_cards()[0].is_open
    clock.set(the_ask().due_at)  # they said yes, and set no day
    assert organization_clocks.run() == 1
    assert sign_in(world.ana).post(f"/asks/{the_ask().id}/renewal").status_code == 303
    assert [each.is_open for each in silent_cards()] == [False, False]
    say(come_in(path), path, "scheduled", day=day(clock))
    ask = the_ask()
    assert ask.scheduled_for is not None
    assert ask.due_at == ask.scheduled_for + timedelta(days=7)
    clock.set(ask.due_at)
    assert organization_clocks.run() == 1
    sign_in(world.ana).delete(f"/asks/{ask.id}")
    assert [each.is_open for each in silent_cards()] == [False, False, False]
    assert organization_clocks.run() == 0
