"""The cast. Ana is a navigator on the team, Ben is in the same practice but on another team, Cara works in
another practice; patients share a phone, speak Spanish, have opted out. Everyone is invented."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import consents, patients, practices, users
from app.core.db import db, transaction
from app.models.care_team import CareTeam
from app.models.consent import ConsentHow
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.coverage import Coverage, Subgroup
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.patient_fields import SmsConsent
from app.models.practice import Line, Practice
from app.models.user import Role, User
from app.models.viewer import Viewer, system_viewer, user_viewer

PASSWORD = "correct horse battery"
LINE = "+15035550100"
OTHER_LINE = "+12065550100"


@dataclass
class World:
    """Rows of the cast; reload with `db.session.refresh` when a request may have changed them."""

    practice: Practice
    line: Line
    team: CareTeam
    other_team: CareTeam
    ana: User
    ben: User
    lea: User
    adam: User
    anton: User
    rosa: Patient
    sam: Patient
    kim: Patient
    lee: Patient
    olga: Patient
    tom: Patient
    other_practice: Practice
    other_line: Line
    cara: User
    zoe: Patient

    def viewer(self, user: User) -> Viewer:
        return user_viewer(user)

    @property
    def system(self) -> Viewer:
        return system_viewer(self.practice.id)

    def number(self, patient: Patient) -> PhoneNumber:
        """The patient's phone number row."""
        return db.session.scalars(
            select(PhoneNumber)
            .join(ContactPoint, ContactPoint.phone_number_id == PhoneNumber.id)
            .where(ContactPoint.patient_id == patient.id, ContactPoint.related_person_id.is_(None))
        ).one()

    def phone(self, patient: Patient) -> str:
        """The patient's number, E.164."""
        return self.number(patient).e164


class Casting:
    """Creates people of one practice."""

    def __init__(self, practice: Practice, at: datetime) -> None:
        self.practice, self.at = practice, at

    def user(self, name: str, role: Role, *teams: CareTeam) -> User:
        email = f"{name.split()[0].lower()}@{self.practice.slug}.example.org"
        user = users.create(self.practice, email, name, role, PASSWORD, by=SYSTEM, at=self.at)
        for team in teams:
            users.join_team(user, team, by=SYSTEM, at=self.at)
        return user

    def patient(
        self, mrn: str, name: str, phone: str, *, team: UUID | None = None, language: str = "en",
        consent: bool = True, subgroup: str | None = "chronic",
    ) -> Patient:  # fmt: skip
        given, family = name.split()
        said = SmsConsent(
            consent, self.at.date(), "May we text you about your care?", ConsentHow.DESK
        )
        return patients.create(
            self.practice, mrn=mrn, given_name=given, family_name=family, phone=phone,
            birth_date=date(1957, 3, 9), language=language, postal_code="97205", subgroup=subgroup,
            care_team_id=team, sms_consent=said, by=SYSTEM, at=self.at,
        )  # fmt: skip


def build_world(at: datetime) -> World:
    """Write the cast in one transaction."""
    with transaction():
        made = _practice(at) | _other_practice(at)
    return World(**made)  # type: ignore[arg-type]


def _practice(at: datetime) -> dict[str, object]:
    practice = practices.create(
        "Harbor Family Clinic", "harbor", "America/Los_Angeles", LINE, by=SYSTEM, at=at,
        phone="+15035550199", is_invented=True, line_details={"segments_per_second": 1000.0},
    )  # fmt: skip
    team = practices.add_team(practice, "Harbor team", by=SYSTEM, at=at)
    other_team = practices.add_team(practice, "Pier team", by=SYSTEM, at=at)
    cast = Casting(practice, at)
    lea = cast.user("Lea Lindqvist", Role.LEAD, team)
    practices.set_leader(team, lea, by=SYSTEM, at=at)
    db.session.add(Subgroup(practice_id=practice.id, code="chronic", name="Chronic conditions"))
    db.session.flush()
    people = {
        "rosa": cast.patient("H-1", "Rosa Jimenez", "+15035550101", team=team.id, language="es"),
        "sam": cast.patient("H-2", "Sam Porter", "+15035550102", team=team.id),
        "kim": cast.patient("H-3", "Kim Tran", "+15035550103", team=team.id),
        "lee": cast.patient("H-4", "Lee Tran", "+15035550103", team=team.id),
        "olga": cast.patient("H-5", "Olga Petrova", "+15035550105", team=team.id),
        "tom": cast.patient("H-6", "Tom Baker", "+15035550106", team=other_team.id),
    }
    db.session.flush()
    olgas = db.session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == "+15035550105")).one()
    consents.withdraw(
        None, olgas, consents.Said(how=ConsentHow.TEXT, wording="STOP"), by=SYSTEM, at=at
    )
    db.session.add(
        Coverage(practice_id=practice.id, patient_id=people["sam"].id, payer="Cascade Health Plan",
                 member_id="CHP-0002", program="ccm", from_on=date(2026, 1, 1))
    )  # fmt: skip
    line = db.session.scalars(select(Line).where(Line.practice_id == practice.id)).one()
    return {
        "practice": practice, "line": line, "team": team, "other_team": other_team, "lea": lea,
        "ana": cast.user("Ana Alvarez", Role.NAVIGATOR, team),
        "ben": cast.user("Ben Brooks", Role.NAVIGATOR, other_team),
        "adam": cast.user("Adam Ode", Role.ADMIN),
        "anton": cast.user("Anton Ferro", Role.ANALYST),
        **people,
    }  # fmt: skip


def _other_practice(at: datetime) -> dict[str, object]:
    practice = practices.create(
        "Other Street Clinic", "other", "America/New_York", OTHER_LINE, by=SYSTEM, at=at,
        is_invented=True, line_details={"segments_per_second": 1000.0},
    )  # fmt: skip
    cast = Casting(practice, at)
    line = db.session.scalars(select(Line).where(Line.practice_id == practice.id)).one()
    return {
        "other_practice": practice, "other_line": line, "cara": cast.user("Cara Cole", Role.LEAD),
        "zoe": cast.patient("O-1", "Zoe Zimmer", "+12065550101", subgroup=None),
    }  # fmt: skip


def look_again() -> None:
    """Forget what this test's session has read, so that it sees what requests wrote since."""
    db.session.rollback()
    db.session.expire_all()
