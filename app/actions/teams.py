"""Care teams on their way: name, leader, members and the subgroups they serve; ending one, with its patients
going to another, and bringing it back. Making one is in `practices.add_team`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.actions import patient_past, practices, users
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.care_team import CareTeam, CareTeamMember, CareTeamSubgroup
from app.models.coverage import Subgroup
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.task import OPEN_STATUSES, Task
from app.models.topic import note_change
from app.models.user import User

LONGEST_NAME = 80
#: Patients that move in one step; a bigger team ends in several.
AT_ONCE = 500


def rename(team: CareTeam, name: str, *, by: Actor, at: datetime) -> None:
    """Raises Invalid for no name, Conflict for another team's."""
    wanted = name.strip()[:LONGEST_NAME]
    practices.check_name(wanted, field="name")
    if wanted == team.name:
        return
    taken = select(CareTeam.id).where(
        CareTeam.practice_id == team.practice_id, CareTeam.name == wanted, CareTeam.id != team.id
    )
    if db.session.scalar(taken) is not None:
        raise Conflict(
            "A team of this name exists already; one that has ended can be brought back."
        )
    before, team.name = team.name, wanted
    record(team, "care_team.renamed", by=by, at=at, before={"name": before}, after={"name": wanted})


def lead_by(team: CareTeam, leader: User | None, *, by: Actor, at: datetime) -> None:
    """Raises Invalid for who does not work with patients."""
    if leader is not None and leader.id != team.leader_id and not leader.may_own_work:
        raise Invalid("Choose somebody who works with patients.", field="leader_id")
    practices.set_leader(team, leader, by=by, at=at)


def set_members(team: CareTeam, people: Iterable[User], *, by: Actor, at: datetime) -> None:
    """Exactly these are on the team."""
    wanted = {user.id: user for user in people}
    rows = (
        select(User)
        .join(CareTeamMember, (CareTeamMember.practice_id == User.practice_id)
              & (CareTeamMember.user_id == User.id))
        .where(CareTeamMember.practice_id == team.practice_id, CareTeamMember.care_team_id == team.id)
    )  # fmt: skip
    present = {user.id: user for user in db.session.scalars(rows)}
    for user_id in present.keys() - wanted.keys():
        users.leave_team(present[user_id], team, by=by, at=at)
    for user_id in wanted.keys() - present.keys():
        users.join_team(wanted[user_id], team, by=by, at=at)


def serve(team: CareTeam, subgroup_ids: Iterable[UUID], *, by: Actor, at: datetime) -> None:
    """Exactly these subgroups are the team's. Raises Invalid for one that is not the practice's."""
    wanted = set(subgroup_ids)
    known = {
        each.id: each.name
        for each in db.session.scalars(
            select(Subgroup).where(Subgroup.practice_id == team.practice_id)
        )
    }
    if wanted - known.keys():
        raise Invalid("Choose subgroups of this practice.", field="subgroups")
    rows = select(CareTeamSubgroup).where(
        CareTeamSubgroup.practice_id == team.practice_id, CareTeamSubgroup.care_team_id == team.id
    )
    present = {row.subgroup_id: row for row in db.session.scalars(rows)}
    if present.keys() == wanted:
        return
    for subgroup_id in present.keys() - wanted:
        db.session.delete(present[subgroup_id])
    for subgroup_id in wanted - present.keys():
        db.session.add(
            CareTeamSubgroup(
                practice_id=team.practice_id, care_team_id=team.id, subgroup_id=subgroup_id
            )
        )
    record(team, "care_team.serves_set", by=by, at=at,
           before={"serves": sorted(known[each] for each in present)},
           after={"serves": sorted(known[each] for each in wanted)})  # fmt: skip


def end(team: CareTeam, to: CareTeam | None, *, by: Actor, at: datetime) -> int:
    """End the team: its patients and open tasks go to `to`, or to nobody's team, which everybody sees.
    Returns how many patients are left, because so many move at once; the team ends with the last."""
    if team.ended_at is not None:
        raise Conflict("This team has ended already.")
    if to is not None and (to.id == team.id or to.ended_at is not None):
        raise Invalid("Choose another team that still runs.", field="to_id")
    mine = select(Patient).where(
        Patient.practice_id == team.practice_id, Patient.care_team_id == team.id
    )
    found = db.session.scalars(mine.order_by(Patient.id).limit(AT_ONCE + 1)).all()
    for patient in found[:AT_ONCE]:
        _move(patient, to, by=by, at=at)
    tasks = update(Task).where(
        Task.practice_id == team.practice_id, Task.care_team_id == team.id,
        Task.status.in_(OPEN_STATUSES),
    )  # fmt: skip
    if len(found) > AT_ONCE:  # else all the rest, that of patients it served for their subgroup too
        tasks = tasks.where(Task.patient_id.in_([patient.id for patient in found[:AT_ONCE]]))
    db.session.execute(tasks.values(care_team_id=to.id if to else None))
    if len(found) > AT_ONCE:
        db.session.flush()
        return len(db.session.scalars(mine.with_only_columns(Patient.id)).all())
    team.ended_at = at
    record(team, "care_team.ended", by=by, at=at, before={"ended": False}, after={"ended": True},
           to=str(to.id) if to else None)  # fmt: skip
    return 0


def bring_back(team: CareTeam, *, by: Actor, at: datetime) -> None:
    """It runs again, with the members and leader it had; its former patients stay where they are."""
    if team.ended_at is None:
        return
    team.ended_at = None
    record(team, "care_team.resumed", by=by, at=at, before={"ended": True}, after={"ended": False})


def _move(patient: Patient, to: CareTeam | None, *, by: Actor, at: datetime) -> None:
    patient_past.keep(patient, at=at)
    patient.care_team_id = to.id if to else None
    record(patient, "patient.updated", by=by, at=at, fields=["care_team_id"])
    note_change(db.session, patient.practice_id, "patient", patient.id)
