"""The shell: sign-in, health, topics and the bell. Records most routes need are made here."""

from app.core.db import transaction
from app.models.task import TaskType
from tests.web.outsider_cases import public, staff
from tests.world import World


def make_task(world: World):
    from app.actions import tasks
    from app.core.clock import db_now

    with transaction():
        actor = world.system.actor
        return tasks.create(world.rosa, TaskType.MEDICATION_RECEIVED, by=actor, at=db_now()).id


RECORDS = {
    "task": make_task,
    "patient": lambda world: world.rosa.id,
    "user": lambda world: world.ana.id,
}

CASES = {
    "static": public("styles, scripts and icons"),
    "health.alive": public("the process answers, nothing else"),
    "health.ready": public("two words about the database"),
    "health.metrics": public("counts over all practices, no names"),
    "sign_in.page": public("the form"),
    "sign_in.create": public("the door itself: tests/web/test_sign_in.py"),
    "sign_in.delete": public("ends the session it is sent with; without one nothing happens"),
    "sign_in.move": staff(data={"practice_id": "none"}),
    "topics.index": staff(),
    "bell.page": staff(),
    "bell.count": staff(),
    "board.page": staff(),
    "board.column": staff(name="todo"),
}
