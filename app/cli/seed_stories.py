"""One invented patient per state a newcomer should meet: answered, waiting, silent until the lead,
opted out, a barrier, a referral with its week running, a reply only a person can read."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from app.actions import referrals, task_changes
from app.cli.seed_office import plan_office
from app.cli.seed_player import Beat, Cast, Player
from app.core.db import db
from app.models.referral import Referrer
from app.models.task import Task, TaskType

MEDICATION = TaskType.MEDICATION_RECEIVED
APPOINTMENT = TaskType.APPOINTMENT_KEPT


def plan(player: Player, office: Referrer, now: datetime) -> None:
    """Plan every story to end about now."""
    _medication(player, now)
    _appointments(player, now)
    _referrals(player, office, now)
    _after_the_hospital(player, now)
    _words_for_people(player, now)
    plan_office(player, office, now)


def _medication(player: Player, now: datetime) -> None:
    day = timedelta(days=1)
    player.plan(
        now - 1.3 * day, player.task("sam", MEDICATION, about={"medication_label": "New inhaler"})
    )
    player.plan(now - 1.1 * day, player.says("sam", "1"))
    player.plan(now - timedelta(hours=2), player.task(
        "kim", MEDICATION, about={"medication_label": "Blood pressure refill"}))  # fmt: skip
    player.plan(now - 7 * day, player.task(
        "george", MEDICATION, about={"medication_label": "Heart medicine refill"}))  # fmt: skip
    player.plan(now - 4 * day, player.call("george", caller="ana", outcome="left_message", minutes=2,
                                           note="Left a message with our number."))  # fmt: skip
    player.plan(
        now - 3.2 * day,
        player.task("maria", MEDICATION, about={"medication_label": "Insulin pens"}),
    )
    player.plan(now - 3 * day, player.says("maria", "no"))
    player.plan(now - 2.99 * day, player.says("maria", "2"))
    player.plan(
        now - 2.5 * day, player.task("olga", MEDICATION, about={"medication_label": "Eye drops"})
    )
    player.plan(now - 2.4 * day, player.says("olga", "STOP"))
    player.plan(now - timedelta(hours=5), player.task(
        "walter", MEDICATION, about={"medication_label": "Water pills"}))  # fmt: skip


def _appointments(player: Player, now: datetime) -> None:
    day = timedelta(days=1)
    pantry = {
        "appointment_place": "Harbor Street Pantry",
        "happens_at": (now - 1.4 * day).isoformat(),
    }
    player.plan(now - 1.2 * day, player.task("rosa", APPOINTMENT, about=pantry))
    ride = {"appointment_place": "Green Line Rides", "happens_at": (now - 5 * day).isoformat()}
    player.plan(now - 4.5 * day, player.task("ed", APPOINTMENT, owner="ben", about=ride))
    player.plan(now - 3 * day, player.call("ed", caller="ben", outcome="reached", minutes=12, result="yes",
                                           note="Went by bus; the ride was late but came."))  # fmt: skip
    class_ = {"appointment_place": "Walking group", "happens_at": (now + 2 * day).isoformat()}
    player.plan(now - 1.5 * day, player.task("priya", APPOINTMENT, about=class_))
    player.plan(now - 1.4 * day, _hold(player, "priya"))


def _hold(player: Player, who: str) -> Beat:
    def beat(at: datetime) -> None:
        task = _task_of(player.cast, who)
        task_changes.hold(
            task, reason="Travelling until next week", by=player.cast.by("ana"), at=at,
            until=(at + timedelta(days=7)).date(),
        )  # fmt: skip

    return beat


def _task_of(cast: Cast, who: str) -> Task:
    patient = cast.patients[who]
    mine = (Task.practice_id == patient.practice_id, Task.patient_id == patient.id)
    return db.session.scalars(select(Task).where(*mine)).one()


def _referrals(player: Player, office: Referrer, now: datetime) -> None:
    day = timedelta(days=1)

    def refer(who: str, by: str, why: str) -> Beat:
        def beat(at: datetime) -> None:
            referrals.create(
                player.cast.patients[who], reason=why, by=player.cast.by("lea"), at=at, received_at=at,
                referrer=office, referred_by=by, owner_id=player.cast.staff["ana"].id,
            )  # fmt: skip

        return beat

    player.plan(now - 5 * day, refer("dorothy", "Dr. Helen Voss", "Falls at home, lives alone."))
    player.plan(now - 4.6 * day, player.says("dorothy", "Yes"))
    player.plan(now - 9 * day, refer("henry", "Dr. Omar Reyes", "Two emergency visits in a month."))


def _after_the_hospital(player: Player, now: datetime) -> None:
    """One came home and was called once in vain; one missed a visit and would like a new day."""
    day = timedelta(days=1)
    home = {"hospital": "Bay General Hospital", "happens_at": (now - 0.9 * day).isoformat()}
    player.plan(now - 0.8 * day, player.task("luis", TaskType.HOSPITAL_DISCHARGE, about=home))
    player.plan(now - 0.7 * day, player.call("luis", caller="ana", outcome="no_answer", minutes=1,
                                             note="Rang out."))  # fmt: skip
    player.plan(now - 1.9 * day, player.task("betty", TaskType.NO_SHOW, owner="ben"))
    player.plan(now - 1.1 * day, player.says("betty", "1"))


def _words_for_people(player: Player, now: datetime) -> None:
    day, hour = timedelta(days=1), timedelta(hours=1)
    player.plan(
        now - 1.6 * day,
        player.task("jean", MEDICATION, owner="nora", about={"medication_label": "Thyroid refill"}),
    )
    player.plan(
        now - 3 * hour,
        player.says("jean", "I think it came but the box looks different from last time"),
    )
    player.plan(
        now - 0.6 * hour,
        player.says("+15035550177", "Hi, is this the clinic? My mom needs a ride Friday"),
    )


def plan_busy_day(player: Player, keys: list[str], now: datetime, seed: int = 20260303) -> None:
    """Many patients with the same few tasks, answering as people do; the same every time."""
    rng = Random(seed)  # noqa: S311 - invented people, not secrets
    answers = ["1", "1", "yes", "Sí", "2", "no", "3", "not yet", "yes thank you!", "who is this?"]
    for key in keys:
        asked = now - timedelta(hours=rng.uniform(1, 140))
        kind = rng.choice([MEDICATION, MEDICATION, APPOINTMENT])
        owner = rng.choice(["ana", "ana", "ben", "nora", None])
        about = (
            {"medication_label": "Refill"}
            if kind is MEDICATION
            else {"appointment_place": "Food pantry"}
        )
        player.plan(asked, player.task(key, kind, owner=owner, about=about))
        if rng.random() < 0.6:
            answered = asked + timedelta(hours=rng.uniform(0.2, 20))
            player.plan(answered, player.says(key, rng.choice(answers)))
