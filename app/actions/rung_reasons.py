"""Why a rung of a ladder cannot be climbed for this patient, before anything is written: they want calls
only, their phone opens no links, nobody agreed to be called, no partner is named. The reason stands on
the task and the next rung comes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions.protocol_words import has_link
from app.core.db import db
from app.models.contact_preference import Preferences
from app.models.patient import RelatedPerson
from app.models.practice import Practice
from app.models.protocol_definition import Step
from app.models.task import Task

#: What a task may name that somebody other than the patient can be asked about.
PARTNERS = ("community_organization", "appointment_place", "pharmacy", "referred_to")


def why_not(task: Task, rung: Step, *, at: datetime) -> str | None:
    """The reason's code, or None when the rung can be climbed."""
    if rung.writes:
        wanted = Preferences.of(task.patient.preferences)
        return wanted.why_not(rung.action, has_link=_has_link(task, rung)) if wanted.flags else None
    if rung.action == "caregiver" and caregiver_for(task, at=at) is None:
        return "no_caregiver"
    if rung.action == "partner" and partner_of(task) is None:
        return "no_partner"
    return None


def _has_link(task: Task, rung: Step) -> bool:
    """Whether the words of the rung, the practice's own or the shipped ones, lead somewhere to open."""
    practice = db.session.get_one(Practice, task.practice_id)
    return has_link(practice, str(rung.template), task.patient.language)


def caregiver_for(task: Task, *, at: datetime) -> RelatedPerson | None:
    """The caregiver who may hear about this kind of task today, the first of several."""
    practice = db.session.get_one(Practice, task.practice_id)
    today = at.astimezone(ZoneInfo(practice.time_zone)).date()
    known = db.session.scalars(
        select(RelatedPerson)
        .where(
            RelatedPerson.practice_id == task.practice_id,
            RelatedPerson.patient_id == task.patient_id,
        )
        .order_by(RelatedPerson.from_on, RelatedPerson.id)
    )
    hears = (p for p in known if p.holds_on(today) and p.may_hear_about(task.type.value))
    return next(hears, None)


def partner_of(task: Task) -> str | None:
    """Who else could know: the organization, place or pharmacy the task names."""
    named = (task.about.get(name) for name in PARTNERS)
    return next((str(name) for name in named if isinstance(name, str) and name), None)
