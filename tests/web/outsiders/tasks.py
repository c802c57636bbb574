"""Tasks and calls: everything about Rosa's task is invisible to another team and another practice."""

from datetime import timedelta

from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.task import TaskStatus
from app.models.touchpoint import MinutesSource
from tests.web.outsider_cases import record, staff
from tests.web.outsiders.shell import make_task
from tests.world import World


def _changed(world: World, change):
    from app import access

    task_id = make_task(world)
    with transaction():
        change(access.task_for(world.system, task_id))
    return task_id


def make_held(world: World):
    from app.actions import tasks

    return _changed(
        world, lambda t: tasks.hold(t, reason="away", by=world.system.actor, at=db_now())
    )


def make_untouched(world: World):
    def put_back(task):
        task.status = TaskStatus.REQUESTED

    return _changed(world, put_back)


def make_started(world: World):
    def start(task):
        task.status = TaskStatus.IN_PROGRESS

    return _changed(world, start)


def make_closed(world: World):
    from app.actions import tasks

    return _changed(
        world, lambda t: tasks.cancel(t, reason="twice", by=world.system.actor, at=db_now())
    )


def make_timer(world: World):
    """Ana's, running on a call with Rosa."""
    from app.actions import timers

    with transaction():
        work = timers.Work.on_call(db.session.merge(world.rosa))
        return timers.start(work, by=world.viewer(world.ana), at=db_now()).id


def make_call(world: World):
    from app.actions import calls

    with transaction():
        row = calls.log_call(
            world.rosa, by=world.viewer(world.ana), at=db_now(), task_ids=[], outcome="no_answer",
            started_at=db_now() - timedelta(minutes=1), seconds=60, minutes_source=MinutesSource.TIMER,
        )  # fmt: skip
    assert row is not None
    return row.id


RECORDS = {
    "untouched": make_untouched,
    "held": make_held,
    "started": make_started,
    "closed": make_closed,
    "call": make_call,
    "timer": make_timer,
}

CASES = {
    "tasks.page": record(task_id="task"),
    "tasks.new": staff(),
    "tasks.patients": staff(),
    "tasks.create": staff(data={"type": "medication_received"}),
    "task_closings.new_completion": record(task_id="task"),
    "task_closings.complete": record(
        task_id="task", data={"outcome": "received", "evidence": "patient_confirmed"}
    ),
    "task_closings.take_back": record(task_id="closed"),
    "task_closings.cancel": record(task_id="task", data={"reason": "made twice"}),
    "task_closings.take_back_cancellation": record(task_id="closed"),
    "task_changes.new_hold": record(task_id="task"),
    "task_changes.hold": record(task_id="task", data={"reason": "in hospital"}),
    "task_changes.resume": record(task_id="held"),
    "task_changes.begin": record(task_id="untouched"),
    "task_changes.put_back": record(task_id="started"),
    "task_changes.assign": record(task_id="task", data={"owner_id": ""}),
    "task_changes.reschedule": record(task_id="task", data={"due_on": "2026-03-31"}),
    "task_changes.label": record(task_id="task", data={"goal": "walk"}),
    "task_changes.ask_again": record(task_id="task"),
    "timers.bar": staff(),
    "timers.of_call": record(patient_id="patient"),
    "timers.create": staff(data={}),
    "timers.stop": record(timer_id="timer"),
    "timers.activity": record(timer_id="timer"),
    "timers.read": record(timer_id="timer"),
    "timers.delete": record(timer_id="timer"),
    "calls.new": record(patient_id="patient"),
    "calls.create": record(patient_id="patient", data={"outcome": "no_answer"}),
    "calls.delete": record(call_id="call"),
}
