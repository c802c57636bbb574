"""The staff of the invented practice as an admin sees to it: identifiers payers ask for, who supervises whom,
and somebody who has been invited and has not joined yet."""

from collections.abc import Mapping
from datetime import datetime

from app.actions import staff
from app.models.event import Actor
from app.models.practice import Practice
from app.models.user import Role, User

#: Invented numbers with a right check digit.
NPIS = {"nora": "1234567802", "lea": "1987654328"}


def settle(practice: Practice, people: Mapping[str, User], *, began: datetime) -> None:
    by = Actor("user", people["adam"].id)
    for key, npi in NPIS.items():
        staff.change(people[key], by=by, at=began, npi=npi)
    for key in ("ana", "ben"):
        staff.change(people[key], by=by, at=began, supervisor_id=people["lea"].id)


def invite(practice: Practice, people: Mapping[str, User], *, now: datetime) -> None:
    staff.invite(
        practice, "jo@demo.example.org", by=Actor("user", people["adam"].id), at=now, name="Jo Bell",
        role=Role.NAVIGATOR, credential="MA", languages=["en", "es"],
    )  # fmt: skip
