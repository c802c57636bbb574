"""The staff of the invented practice as an admin sees to it: identifiers payers ask for, who supervises whom,
and somebody who has been invited and has not joined yet."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.actions import staff, teams
from app.core.db import db
from app.models.care_team import CareTeam
from app.models.coverage import Subgroup
from app.models.event import Actor
from app.models.practice import Practice
from app.models.user import Role, User

SERVES = {"Harbor team": ("chronic", "complex"), "Hillside team": ("at_risk", "healthy")}
#: Invented numbers with a right check digit.
NPIS = {"nora": "1234567802", "lea": "1987654328"}


def settle(practice: Practice, people: Mapping[str, User], *, began: datetime) -> None:
    by = Actor("user", people["adam"].id)
    for key, npi in NPIS.items():
        staff.change(people[key], by=by, at=began, npi=npi)
    for key in ("ana", "ben"):
        staff.change(people[key], by=by, at=began, supervisor_id=people["lea"].id)
    subgroups = select(Subgroup).where(Subgroup.practice_id == practice.id)
    ids = {each.code: each.id for each in db.session.scalars(subgroups)}
    for team in db.session.scalars(select(CareTeam).where(CareTeam.practice_id == practice.id)):
        teams.serve(team, [ids[code] for code in SERVES[team.name]], by=by, at=began)


def invite(practice: Practice, people: Mapping[str, User], *, now: datetime) -> None:
    staff.invite(
        practice, "jo@demo.example.org", by=Actor("user", people["adam"].id), at=now, name="Jo Bell",
        role=Role.NAVIGATOR, credential="MA", languages=["en", "es"],
    )  # fmt: skip
