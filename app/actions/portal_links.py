"""Sign-in links for the portal: sent to a number on file, opened by GET, spent by POST with the birth
date. Only the digest of a link is stored; opening one changes nothing, because previewers open links."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app.actions import messages, task_wording, templates
from app.actions.inbound_people import GONE, Person, find_sender
from app.actions.message_route import best_number
from app.core.crypto import new_secret
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.settings import current_settings
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, Actor, record
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.secret import PortalLink, SecretKind, keep_secret, row_of
from messaging.gate import Purpose

#: A link lives this long.
LIFETIME = timedelta(minutes=15)
#: Wrong birth dates until a link is dead.
MOST_TRIES = 5
#: Wrong birth dates a day for one number, over all of its links.
MOST_TRIES_A_DAY = 15
TEMPLATE = "portal.sign_in"
_BITS = 160


class LinkIsDead(Conflict):
    """This link no longer works. Ask for a new one."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a birth date opened: nobody, one patient, or several to choose from (twins on one phone)."""

    people: tuple[Patient, ...]

    @property
    def patient(self) -> Patient | None:
        return self.people[0] if len(self.people) == 1 else None


def send_link(patient: Patient, *, by: Actor, at: datetime, solicited: bool = True) -> Message:
    """Text a sign-in link to the patient's best number. `solicited`: the patient just asked for it.

    Raises Invalid when the patient has no number.
    """
    number = best_number(patient)
    if number is None:
        raise Invalid("This patient has no mobile number to send a link to.")
    practice = db.session.get_one(Practice, patient.practice_id)
    return _send(practice, number, patient, patient.language, by=by, at=at, solicited=solicited)


def send_to_number(practice: Practice, e164: str, *, at: datetime) -> Message | None:
    """Text a link to a number that asked on the sign-in page; None when it is nobody's here."""
    number = db.session.scalars(
        select(PhoneNumber).where(PhoneNumber.practice_id == practice.id, PhoneNumber.e164 == e164)
    ).one_or_none()
    people = people_of(number, at=at) if number is not None else ()
    if number is None or not people:
        return None
    patient = people[0] if len(people) == 1 else None  # who of several asked, the link will tell
    languages = {person.language for person in people}
    language = languages.pop() if len(languages) == 1 else practice.language
    return _send(practice, number, patient, language, by=SYSTEM, at=at, solicited=True)


def make_link(number: PhoneNumber, *, by: Actor, at: datetime) -> tuple[PortalLink, str]:
    """A fresh link and its address, which can't be shown again."""
    token = new_secret(_BITS)
    while not token[-1].isalnum():  # a phone leaves a last dash out of what can be tapped
        token = new_secret(_BITS)
    link = PortalLink(
        practice_id=number.practice_id,
        phone_number_id=number.id,
        expires_at=at + LIFETIME,
        tries=0,
        created_at=at,
    )
    db.session.add(link)
    keep_secret(token, SecretKind.PORTAL_LINK, link)
    record(link, "portal_link.made", by=by, at=at)
    return link, f"{current_settings().public_url}/portal/in/{token}"


def find_link(token: str) -> PortalLink | None:
    """The link behind a token, live or dead; None for an unknown one. Enters its practice."""
    return row_of(token, SecretKind.PORTAL_LINK, PortalLink)


def is_live(link: PortalLink, *, at: datetime) -> bool:
    in_time = link.consumed_at is None and at < link.expires_at and link.tries < MOST_TRIES
    return in_time and _tries_today(link, at=at) < MOST_TRIES_A_DAY


def spend(link: PortalLink, birth_date: date, *, at: datetime, chosen: str | None = None) -> Opened:
    """Try a birth date: the right one spends the link, a wrong one is counted.

    Two people with that birth date are given back to choose from; `chosen` is the id of one of them,
    and only then is the link spent. Raises LinkIsDead.
    """
    db.session.refresh(link, with_for_update=True)
    if not is_live(link, at=at):
        raise LinkIsDead
    number = db.session.get_one(PhoneNumber, (link.practice_id, link.phone_number_id))
    people = tuple(p for p in people_of(number, at=at) if p.birth_date == birth_date)
    if chosen is not None:
        people = tuple(person for person in people if str(person.id) == chosen)
    opened = Opened(people)
    if not people:
        link.tries += 1
        record(link, "portal_link.refused", by=Actor("patient"), at=at, tries=link.tries)
    elif opened.patient is not None:
        link.consumed_at = at
        record(link, "portal_link.consumed", by=Actor("patient", opened.patient.id), at=at,
               patient_id=opened.patient.id)  # fmt: skip
    return opened


def people_of(number: PhoneNumber, *, at: datetime) -> tuple[Patient, ...]:
    """The patients who may sign in from this number: their own phone, not one of a caregiver."""
    sender = find_sender(number.practice_id, number.e164, at=at)
    return tuple(person.patient for person in sender.people if _may_sign_in(person))


def _may_sign_in(person: Person) -> bool:
    return person.related_person_id is None and person.patient.status not in GONE


def _tries_today(link: PortalLink, *, at: datetime) -> int:
    """Wrong birth dates of the last day over all links of this number."""
    tries = select(func.sum(PortalLink.tries)).where(
        PortalLink.practice_id == link.practice_id,
        PortalLink.phone_number_id == link.phone_number_id,
        PortalLink.created_at > at - timedelta(days=1),
    )
    return int(db.session.scalar(tries) or 0)


def _send(
    practice: Practice,
    number: PhoneNumber,
    patient: Patient | None,
    language: str,
    *,
    by: Actor,
    at: datetime,
    solicited: bool,
) -> Message:
    link, address = make_link(number, by=by, at=at)
    values = {
        "practice_name": practice.name,
        "practice_phone": task_wording.practice_phone(practice),
        "portal_link": address,
        "patient_first_name": patient.given_name if patient else "",
    }
    filled = templates.fill(practice, TEMPLATE, language, values)
    draft = messages.Draft(
        practice_id=practice.id,
        body=filled.body,
        purpose=Purpose.SIGN_IN,
        send_key=f"portal-link:{link.id}",
        patient=patient,
        phone_number=number,
        language=filled.language,
        wanted_language=filled.wanted,
        is_automated=True,
        solicited=solicited,
        not_after=link.expires_at,
        template_key=filled.key,
        template_version=filled.version,
    )
    return messages.queue(draft, by=by, at=at)
