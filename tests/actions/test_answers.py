"""What an answer does to its task, whoever passes it on."""

import pytest

from app.actions import answers, tasks
from app.core.db import transaction
from app.models.event import SYSTEM, Actor
from app.models.message import Message
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones
from tests.task_records import Create, climb, facts, kinds, maker, texts
from tests.world import World

PATIENT = Evidence.PATIENT_CONFIRMED


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def say(
    task: Task, key: str, clock: Clock, *, inbound: Message | None = None, **more: bool
) -> None:
    by = Actor("patient", task.patient_id)
    with transaction():
        answers.apply(task, key=key, inbound=inbound, by=by, at=clock.now, evidence=PATIENT, **more)


@pytest.mark.parametrize(
    ("type", "outcome"),
    [(TaskType.MEDICATION_RECEIVED, "received"), (TaskType.APPOINTMENT_KEPT, "kept")],
)
def test_it_completes_on_a_yes_with_the_patients_word_as_evidence(
    create: Create, clock: Clock, type: TaskType, outcome: str
) -> None:
    task = create(type=type)
    say(task, "yes", clock, from_shared_phone=True)
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, outcome)
    assert (task.evidence, task.from_shared_phone) == (PATIENT, True)
    assert (task.completed_by_kind, task.completed_by_id) == ("patient", task.patient_id)
    assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]
    assert facts(task, "task.answered")[0]["key"] == "yes"


def test_it_records_a_referral_as_connected_and_has_the_pcp_told(
    create: Create, clock: Clock
) -> None:
    task = create(type=TaskType.REFERRAL_FOLLOW_UP)
    say(task, "yes", clock)
    assert task.is_open
    assert (task.connected_at, task.needs, task.next_step_at) == (clock.now, Needs.UPDATE_PCP, None)


def test_it_asks_what_got_in_the_way_after_a_no(
    create: Create, clock: Clock, phones: Phones, world: World
) -> None:
    task = create(world.rosa)
    phones.deliver_all()
    phones.text(world.rosa, "2")
    assert (task.needs, task.next_step_at) == (Needs.SOLVE_BARRIER, None)
    [asked] = [t for t in texts(task) if t.template_key == "medication_received.barrier"]
    assert asked.asked is not None
    assert (asked.asked["kind"], asked.solicited) == ("barrier", True)
    assert asked.status is MessageStatus.QUEUED
    assert [option["number"] for option in asked.asked["options"]] == [1, 2, 3, 4, 5]
    assert "1 cuesta mucho; 2 la farmacia no lo tenía" in asked.body


def test_it_keeps_what_got_in_the_way(create: Create, clock: Clock) -> None:
    task = create()
    say(task, "no", clock)
    say(task, "transport", clock)
    assert (task.barrier, task.needs) == ("transport", Needs.SOLVE_BARRIER)
    assert facts(task, "task.barrier_named") == [{"barrier": "transport"}]


def test_it_asks_nobody_by_text_when_a_person_passed_the_no_on(
    create: Create, clock: Clock
) -> None:
    task = create(ask_first=False)
    say(task, "no", clock)
    assert texts(task) == []
    assert task.needs is Needs.SOLVE_BARRIER


def test_it_asks_again_later_after_not_yet_and_climbs_on_from_there(
    create: Create, clock: Clock, phones: Phones
) -> None:
    task = create()
    phones.deliver_all()
    clock.advance(hours=1)
    say(task, "not_yet", clock)
    assert task.next_step_at is not None
    assert (task.next_step_at - clock.now).days == 1
    assert (task.needs, task.occurrence) == (None, 1)
    climb(task, clock)
    assert texts(task)[-1].send_key == f"task:{task.id}:remind:1"
    phones.deliver_all()
    climb(task, clock)
    assert task.needs is Needs.CALL


def test_it_lets_a_late_yes_count_and_says_it_was_late(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    clock.advance(days=1)
    say(task, "yes", clock)
    assert (task.status, task.was_late) == (TaskStatus.COMPLETED, True)
    assert facts(task, "task.answered")[0]["is_late"]


def test_it_keeps_the_leads_decision_after_a_late_not_yet(create: Create, clock: Clock) -> None:
    task = create()
    with transaction():
        task.need(Needs.LEAD_DECISION, at=clock.now)
    say(task, "not_yet", clock)
    assert task.needs is Needs.LEAD_DECISION
    assert task.next_step_at is not None


def test_it_only_records_an_answer_to_work_that_was_called_off(
    create: Create, clock: Clock
) -> None:
    task = create()
    with transaction():
        tasks.complete(task, outcome="not_needed", evidence=None, reason="The order was cancelled",
                       by=SYSTEM, at=clock.now)  # fmt: skip
    say(task, "yes", clock)
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "not_needed")
    assert not facts(task, "task.answered")[0]["was_open"]


def test_it_has_a_person_read_what_no_rule_understands(
    create: Create, clock: Clock, phones: Phones, world: World
) -> None:
    task = create()
    phones.deliver_all()
    phones.text(world.sam, "Well, half of it came")
    assert (task.needs, task.next_step_at) == (Needs.REVIEW_REPLY, None)
    assert "task.reply_unclear" in kinds(task)


def test_it_has_a_person_look_at_an_answer_that_is_no_option(create: Create, clock: Clock) -> None:
    task = create()
    say(task, "sideways", clock)
    assert task.needs is Needs.REVIEW_REPLY
    assert task.barrier is None


def test_it_answers_every_question_of_the_task_at_once(
    create: Create, clock: Clock, phones: Phones
) -> None:
    task = create()
    phones.deliver_all()
    climb(task, clock)
    phones.deliver_all()
    say(task, "not_yet", clock)
    assert len(texts(task)) == 2
    assert all(text.answered_at == clock.now for text in texts(task))


def test_it_knows_every_answer_a_task_may_be_given(create: Create) -> None:
    keys = answers.keys_of(create())
    assert {"yes", "no", "not_yet", "cost", "transport", "other"} <= keys
