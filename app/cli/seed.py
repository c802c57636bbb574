"""`flask seed`: the invented practice, when the database is empty. It prints the sign-in lines each time,
so that the last lines of a start say how to look around."""

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from app.actions import (
    consents,
    office_numbers,
    organizations,
    patients,
    practices,
    referrers,
    related_people,
    users,
)
from app.actions.teams import serve
from app.cli import seed_partners, seed_people, seed_staff
from app.cli.plain_errors import plainly
from app.cli.seed_cast import (
    HELPERS,
    LINE,
    NAME,
    OFFICE,
    OFFICE_PHONE,
    ORGANIZATIONS,
    PASSWORD,
    PATIENTS,
    SERVES,
    SLUG,
    STAFF,
    SUBGROUPS,
    TEAMS,
    TIME_ZONE,
    Person,
)  # fmt: skip
from app.cli.seed_player import Cast, Player
from app.cli.seed_stories import plan, plan_busy_day
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.errors import ConfigError
from app.core.settings import current_settings
from app.models.consent import ConsentHow
from app.models.coverage import Coverage, Subgroup
from app.models.event import SYSTEM
from app.models.patient import EVERY_TASK, Patient
from app.models.patient_fields import SmsConsent
from app.models.practice import Practice
from app.models.referral import Referrer
from app.models.user import Role, User

WORDING = "Harborview may text me about my care. Message rates may apply. Reply STOP to end."
BUSY_PATIENTS = 120


def register(app: Flask) -> None:
    app.cli.add_command(seed_command)


@click.command("seed")
@click.option("--busy", is_flag=True, help="Add a busy day of many invented patients.")
@with_appcontext
def seed_command(*, busy: bool) -> None:
    """Fill an empty database with an invented practice; does nothing when a practice is there."""
    with plainly():
        if not current_settings().may_seed:
            raise ConfigError(
                "SEED=refuse: real people live here. `make run` has the invented ones."
            )
        if db.session.scalar(select(Practice.id).limit(1)) is None:
            click.echo("An empty database: writing an invented practice and its stories.")
            fill(db_now(), busy=busy)
        if db.session.scalar(select(Practice.id).where(Practice.slug == SLUG)) is not None:
            say_how_to_sign_in()


def fill(now: datetime, *, busy: bool = False) -> None:
    """Write the practice and play its stories up to `now`."""
    began = now - timedelta(days=30)
    with transaction():
        practice = practices.create(
            NAME, SLUG, TIME_ZONE, LINE, by=SYSTEM, at=began, phone=OFFICE_PHONE, is_invented=True,
            line_details={"segments_per_second": 100.0},
            # invented phones never sleep: a demo at night must work as well
            quiet_from="00:00", quiet_until="00:00",
        )  # fmt: skip
        cast = _cast(practice, began, _people(busy=busy))
        seed_staff.settle(practice, cast.staff, began=began)
        seed_staff.invite(practice, cast.staff, now=now)
        office = _surroundings(practice, began)
    player = Player(cast)
    plan(player, office, now)
    seed_partners.plan(player, now)
    seed_people.plan(player, now)
    if busy:
        plan_busy_day(player, [key for key in cast.patients if key.startswith("b")], now)
    player.play(now)


def _people(*, busy: bool) -> list[Person]:
    people = list(PATIENTS)
    rng = Random(7)  # noqa: S311 - invented people, not secrets
    given = ["Alma", "Bruno", "Clara", "Dario", "Elsa", "Frank", "Gloria", "Hugo", "Ines", "Jonas"]
    family = [
        "Abbott",
        "Bell",
        "Castro",
        "Dunn",
        "Ellis",
        "Fuentes",
        "Grant",
        "Hayes",
        "Ibarra",
        "Jones",
    ]
    for number in range(BUSY_PATIENTS if busy else 0):
        born = date(1935, 1, 1) + timedelta(days=rng.randrange(20000))
        phone = f"+1{(971, 458)[number // 100]}55501{number % 100:02d}"
        people.append(Person(
            f"b{number}", given[number % 10], family[number // 12], born, phone,
            rng.choice(["en", "en", "en", "es"]), rng.choice(list(SUBGROUPS)), rng.choice([*TEAMS, None]),
        ))  # fmt: skip
    return people


def _cast(practice: Practice, at: datetime, people: list[Person]) -> Cast:
    teams = {name: practices.add_team(practice, name, by=SYSTEM, at=at) for name in TEAMS}
    staff: dict[str, User] = {}
    for one in STAFF:
        key = one.name.split()[0].lower()
        staff[key] = users.create(
            practice, f"{key}@{SLUG}.example.org", one.name, Role(one.role), PASSWORD, by=SYSTEM, at=at,
            credential=one.credential, languages=list(one.languages),
        )  # fmt: skip
        if one.team:
            users.join_team(staff[key], teams[one.team], by=SYSTEM, at=at)
    for team in teams.values():
        practices.set_leader(team, staff["lea"], by=SYSTEM, at=at)
    subgroups = {code: Subgroup(practice_id=practice.id, code=code, name=name)
                 for code, name in SUBGROUPS.items()}  # fmt: skip
    db.session.add_all(subgroups.values())
    db.session.flush()
    for name, code in SERVES.items():
        serve(teams[name], [subgroups[code].id], by=SYSTEM, at=at)
    made = {
        one.key: _patient(practice, number, one, teams[one.team].id if one.team else None, at)
        for number, one in enumerate(people, start=1)
    }
    for key, (name, relationship, phone, language) in HELPERS.items():
        _helper(made[key], name, relationship, phone, language, at)
    return Cast(practice, staff, made, {one.key: one.phone for one in people})


def _patient(
    practice: Practice, number: int, one: Person, team_id: UUID | None, at: datetime
) -> Patient:
    said = SmsConsent(
        one.consent, at.astimezone(ZoneInfo(TIME_ZONE)).date(), WORDING, ConsentHow.DESK
    )
    patient = patients.create(
        practice, mrn=f"HV-{1000 + number}", given_name=one.given, family_name=one.family,
        birth_date=one.born, phone=one.phone, language=one.language, postal_code="97205",
        subgroup=one.subgroup, care_team_id=team_id, sms_consent=said, by=SYSTEM, at=at,
    )  # fmt: skip
    if one.payer:
        db.session.add(
            Coverage(practice_id=practice.id, patient_id=patient.id, payer=one.payer,
                     member_id=f"INV{number:05d}", from_on=date(at.year, 1, 1))
        )  # fmt: skip
    return patient


def _helper(
    patient: Patient, name: str, relationship: str, phone: str, language: str, at: datetime
) -> None:
    today = at.astimezone(ZoneInfo(TIME_ZONE)).date()
    agreed = related_people.Agreed(
        name=name, relationship=relationship, language=language, phone=phone,
        may_receive=[EVERY_TASK], may_answer=["medication_received", "appointment_kept"],
        authorised_by=f"{patient.name}, in person", from_on=today - timedelta(days=200),
        texts=consents.Said(ConsentHow.DESK, WORDING, language),
    )  # fmt: skip
    related_people.add(patient, agreed, by=SYSTEM, at=at)


def _surroundings(practice: Practice, at: datetime) -> Referrer:
    for details in ORGANIZATIONS:
        organizations.add(practice.id, organizations.Entry(**details), by=SYSTEM, at=at)
    office = Referrer(
        practice_id=practice.id, created_at=at, form_code=referrers.new_code(), **OFFICE
    )
    db.session.add(office)
    db.session.flush()
    office_numbers.claim_free(office, str(office.phone), at=at)
    return office


def say_how_to_sign_in() -> None:
    url = current_settings().public_url
    click.echo(f"\n  {NAME} (invented): {url}/sign-in")
    for one in STAFF:
        click.echo(
            f"    {one.name.split()[0].lower()}@{SLUG}.example.org  {PASSWORD}  ({one.role})"
        )
    click.echo(f"  Patients' phones: {url}/sandbox/phones   Patients' portal: {url}/portal\n")
