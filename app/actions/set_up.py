"""The first practice of an empty installation, made in the browser by whoever has the set-up code, and the
first text: one to oneself, through the same gate as every other."""

import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest

from sqlalchemy import select, text

from app.actions import messages, patients, practices, users
from app.actions.message_draft import Draft
from app.core.crypto import digest
from app.core.db import db
from app.core.errors import Conflict
from app.core.ids import new_id
from app.models.consent import ConsentHow
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.models.patient_fields import SmsConsent
from app.models.practice import Practice
from app.models.user import Role, User
from app.models.viewer import Viewer
from messaging.gate import Purpose

#: The record number of whoever texts themselves.
MRN = "SET-UP"
WORDING = "I text myself to see that texts leave and arrive."
BODY = "{practice}: this is Touchline. Your set-up works. Reply with any word to see it come in."
_GROUPS = 4
_LOCK = 0x5E7


@dataclass(frozen=True, slots=True)
class First:
    """What the first page asks."""

    name: str
    time_zone: str
    phone: str | None
    is_invented: bool
    admin: str
    email: str
    password: str


def is_open() -> bool:
    """True while there is no practice at all."""
    return db.session.scalar(select(Practice.id).limit(1)) is None


def code() -> str:
    """What shows that somebody has the server: four groups of four, from SECRET_KEY, the same in every
    process. It opens nothing once there is a practice."""
    letters = b32encode(bytes.fromhex(digest("set-up code"))).decode()
    return "-".join(letters[4 * n : 4 * n + 4] for n in range(_GROUPS))


def is_code(typed: str) -> bool:
    """Whether it is the code; dashes, blanks and small letters are let pass."""
    plain = re.sub(r"[^A-Z0-9]", "", typed.upper())
    return compare_digest(plain.encode(), code().replace("-", "").encode())


def begin(first: First, *, at: datetime) -> User:
    """The practice with its shipped protocols, and its first admin. Raises Conflict when somebody was
    faster, Invalid for what can't be used."""
    if db.session.get_bind().dialect.name == "postgresql":  # SQLite has one writer as it is
        db.session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
    if not is_open():
        raise Conflict("Somebody finished this page a moment ago. Sign in.")
    practice = practices.create(
        first.name, slug_of(first.name), first.time_zone, None, by=SYSTEM, at=at,
        phone=first.phone, is_invented=first.is_invented,
    )  # fmt: skip
    return users.create(
        practice, first.email, first.admin, Role.ADMIN, first.password, by=SYSTEM, at=at
    )


def slug_of(name: str) -> str:
    """Harbor Family Clinic, P.C. → harbor-family-clinic-p-c"""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(words)[:60].strip("-") or "practice"


def text_oneself(viewer: Viewer, user: User, phone: str, *, today: date, at: datetime) -> Message:
    """A test text to the admin's own phone, as a staff message to a patient record of theirs."""
    practice = db.session.get_one(Practice, viewer.practice_id)
    by = viewer.actor
    patient = find_oneself(practice)
    if patient is None:
        given, _, family = user.name.partition(" ")
        patient = patients.create(
            practice, mrn=MRN, given_name=given, family_name=family or "Set-up", phone=phone,
            birth_date=date(1900, 1, 1), time_zone=practice.time_zone, by=by, at=at,
            sms_consent=SmsConsent(True, today, WORDING, ConsentHow.DESK),
        )  # fmt: skip
    else:
        patients.update(patient, phone=phone, by=by, at=at,
                        sms_consent=SmsConsent(True, today, WORDING, ConsentHow.DESK))  # fmt: skip
    db.session.flush()
    return messages.queue(
        Draft(
            practice_id=practice.id, patient=patient, purpose=Purpose.STAFF_REPLY, author_id=user.id,
            body=BODY.format(practice=practice.name),
            send_key=f"set-up:{new_id()}",
        ),
        by=by, at=at,
    )  # fmt: skip


def find_oneself(practice: Practice) -> Patient | None:
    rows = select(Patient).where(Patient.practice_id == practice.id, Patient.mrn == MRN)
    return db.session.scalars(rows).one_or_none()
