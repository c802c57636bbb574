"""The referring office of the invented practice: whom the care is for, somebody referred by link, a
question."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import fit, intakes, referral_notes, referral_steps
from app.cli.seed_player import Beat, Player
from app.core.db import db
from app.models.event import Actor
from app.models.referral import Referral, Referrer
from app.models.viewer import Viewer

LINES = (
    "was in the emergency room twice or more in six months",
    "has two or more long-term conditions",
    "lives in the county",
)
SENT = intakes.Written(
    "Marcus", "Hall", "1951-04-02", "Two falls since January, lives alone.",
    referred_by="Dr. Helen Voss",
)  # fmt: skip


def plan_office(player: Player, office: Referrer, now: datetime) -> None:
    """Planned after the referrals themselves."""
    player.plan(now - timedelta(days=20), _criteria(player))
    player.plan(now - timedelta(days=4.8), _accepted(player))
    player.plan(now - timedelta(hours=6), _question(player))
    player.plan(now - timedelta(hours=3), _sent(office))
    player.plan(now - timedelta(hours=1.5), player.says(
        str(office.phone), "Dr. Reyes asks for a call back about the patient of last week."))  # fmt: skip


def _criteria(player: Player) -> Beat:
    def beat(at: datetime) -> None:
        for text in LINES:
            fit.add(player.cast.practice.id, text, by=player.cast.by("lea"), at=at)

    return beat


def _accepted(player: Player) -> Beat:
    def beat(at: datetime) -> None:
        note = "Three visits to the emergency room since autumn."
        referral = _of(player, "dorothy")
        if referral.is_fit is None:
            referral_steps.accept(referral, by=player.cast.by("ana"), at=at, note=note)

    return beat


def _question(player: Player) -> Beat:
    def beat(at: datetime) -> None:
        referral_notes.ask(
            _of(player, "dorothy"), "Has somebody been at her home yet?", name="Nurse Kim Ito",
            by=Viewer(player.cast.practice.id, "partner"), at=at,
        )  # fmt: skip

    return beat


def _sent(office: Referrer) -> Beat:
    def beat(at: datetime) -> None:
        intakes.submit(office, SENT, by=Actor("partner"), at=at)

    return beat


def _of(player: Player, who: str) -> Referral:
    patient = player.cast.patients[who]
    return db.session.scalars(
        select(Referral).where(
            Referral.practice_id == patient.practice_id, Referral.patient_id == patient.id
        )
    ).one()
