"""What the touchpoint log is narrowed to: read from the address, so that a narrowed log can be kept as a
bookmark; odd values count as not chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.orm import InstrumentedAttribute

from app.core.ids import parse_id
from app.models.patient import same_person
from app.models.touchpoint import INTERNAL, ActorKind, Touchpoint
from app.queries.credited import stands
from messaging.quiet_hours import end_of_local_day

#: Chosen when the address names no period.
DEFAULT_DAYS = 30
WORDS = ("activity", "channel", "outcome", "team", "subgroup", "payer", "only")
NOT_RECORDED = "-"
#: Behind a figure: what counts as a contact, and what has minutes.
ONLY = {
    "contacts": and_(stands(), Touchpoint.channel != INTERNAL),
    "minutes": and_(stands(), Touchpoint.seconds > 0, Touchpoint.actor_kind == ActorKind.HUMAN),
}


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What the log is narrowed to; `from_on` and `to_on` are inclusive days of the practice."""

    from_on: date
    to_on: date
    zone: str
    activity: str = ""
    channel: str = ""
    outcome: str = ""
    #: As the rows froze them; `NOT_RECORDED` = rows without one.
    team: str = ""
    subgroup: str = ""
    payer: str = ""
    #: A name of `ONLY`.
    only: str = ""
    staff: UUID | None = None
    patient: UUID | None = None

    @classmethod
    def read(cls, args: Mapping[str, str], *, today: date, zone: str) -> "LogFilter":
        """From the address; odd values count as not chosen, a period the wrong way round is turned."""
        first = _day(args.get("from")) or today - timedelta(days=DEFAULT_DAYS - 1)
        last = _day(args.get("to")) or today
        words = {name: args.get(name, "")[:120] for name in WORDS}
        return cls(
            min(first, last), max(first, last), zone, **words,
            staff=parse_id(args.get("staff", "")), patient=parse_id(args.get("patient", "")),
        )  # fmt: skip

    def as_args(self) -> dict[str, str]:
        words = {name: getattr(self, name) for name in WORDS}
        chosen = words | {"from": self.from_on, "to": self.to_on, "staff": self.staff,
                          "patient": self.patient}  # fmt: skip
        return {name: str(value) for name, value in chosen.items() if value}

    def condition(self) -> ColumnElement[bool]:
        starts = end_of_local_day(self.from_on - timedelta(days=1), self.zone)
        parts = [
            Touchpoint.started_at >= starts,
            Touchpoint.started_at < end_of_local_day(self.to_on, self.zone),
            Touchpoint.activity_type == self.activity if self.activity else true(),
            Touchpoint.channel == self.channel if self.channel else true(),
            Touchpoint.contact_outcome == self.outcome if self.outcome else true(),
            Touchpoint.actor_id == self.staff if self.staff else true(),
            _named(Touchpoint.care_team, self.team),
            _named(Touchpoint.subgroup, self.subgroup),
            _named(Touchpoint.payer, self.payer),
            ONLY.get(self.only, true()),
            self._of_patient(),
        ]
        return and_(*parts)

    def _of_patient(self) -> ColumnElement[bool]:
        if self.patient is None:
            return true()
        return Touchpoint.patient_id.in_(same_person(Touchpoint.practice_id, self.patient))


def _named(column: InstrumentedAttribute[str | None], wanted: str) -> ColumnElement[bool]:
    if not wanted:
        return true()
    return column.is_(None) if wanted == NOT_RECORDED else column == wanted


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
