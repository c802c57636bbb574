"""People of the invented practice who are not where they usually are, or not of one mind: somebody on leave
with a cover, and a partner and a patient who say different things about one visit."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions import absences, calls, cover
from app.cli.seed_cast import TIME_ZONE
from app.cli.seed_player import Beat, Player
from app.core.db import db
from app.models.absence import Absence
from app.models.task import Task, TaskType
from app.models.touchpoint import MinutesSource


def plan(player: Player, now: datetime) -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    player.plan(now - 1.7 * day, _leave(player))
    player.plan(now - 0.1 * hour, _covered(player))
    class_ = {"appointment_place": "Balance class", "happens_at": (now - 3.5 * day).isoformat()}
    player.plan(now - 3.2 * day, player.task("grace", TaskType.APPOINTMENT_KEPT, about=class_))
    player.plan(now - 1.5 * day, _partner_says_yes(player, "grace"))
    player.plan(now - 20 * hour, player.says("grace", "2"))


def _leave(player: Player) -> Beat:
    """Nora is away for three days from today on; Ana stands in."""

    def beat(at: datetime) -> None:
        today = at.astimezone(ZoneInfo(TIME_ZONE)).date()
        absences.enter(
            player.cast.staff["nora"], today, today + timedelta(days=4),
            by=player.cast.viewer("lea"), at=at, cover=player.cast.staff["ana"],
        )  # fmt: skip

    return beat


def _covered(player: Player) -> Beat:
    def beat(at: datetime) -> None:
        mine = select(Absence).where(Absence.practice_id == player.cast.practice.id)
        absence = db.session.scalars(mine).one()
        cover.begin(absence, at=at)
        for statement in cover.to_cover(absence, at=at):
            for row in db.session.scalars(statement).all():
                cover.hand_over(row, absence, at=at)

    return beat


def _partner_says_yes(player: Player, who: str) -> Beat:
    """The organization tells Ana on the phone that they came."""

    def beat(at: datetime) -> None:
        patient = player.cast.patients[who]
        task = db.session.scalars(
            select(Task).where(
                Task.practice_id == patient.practice_id, Task.patient_id == patient.id
            )
        ).one()
        calls.log_call(
            patient, by=player.cast.viewer("ana"), at=at, task_ids=[task.id], outcome="reached",
            started_at=at - timedelta(minutes=4), seconds=240, minutes_source=MinutesSource.TIMER,
            contact_party="community_organization", note="The class leader has her on the list.",
            results={task.id: "yes"},
        )  # fmt: skip

    return beat
