"""Subgroups of patients with similar needs, and who is in which, from–to: one at a time, the past stays."""

import re
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.coverage import Subgroup, SubgroupMembership
from app.models.patient import Patient


def code_of(name: str) -> str:
    """The code a subgroup is known by: "At risk", "at-risk" and "AT_RISK" are one."""
    return re.sub(r"[\s_-]+", "_", name.strip()).lower()


class SubgroupBook:
    """The practice's subgroups by code; a new name makes a new subgroup."""

    def __init__(self, practice_id: UUID) -> None:
        self.practice_id = practice_id
        rows = db.session.scalars(select(Subgroup).where(Subgroup.practice_id == practice_id))
        self._known = {code_of(row.code): row for row in rows}

    def subgroup(self, name: str) -> Subgroup:
        code = code_of(name)
        if code not in self._known:
            made = Subgroup(practice_id=self.practice_id, code=code, name=name.strip())
            db.session.add(made)
            self._known[code] = made
        return self._known[code]


def join(
    patient: Patient, subgroup: Subgroup | None, current: SubgroupMembership | None, *, today: date
) -> bool:
    """Put the patient in `subgroup` from today (None = in none). False when nothing changes."""
    if (current.subgroup_id if current else None) == (subgroup.id if subgroup else None):
        return False
    if current is not None and current.from_on >= today:
        # Decided again on the same day: the day has one answer, the last one.
        if subgroup is None:
            db.session.delete(current)
        else:
            current.subgroup_id = subgroup.id
        return True
    if current is not None:
        current.to_on = today - timedelta(days=1)
    if subgroup is not None:
        db.session.add(
            SubgroupMembership(
                practice_id=patient.practice_id,
                patient_id=patient.id,
                subgroup_id=subgroup.id,
                from_on=today,
            )
        )
    return True
