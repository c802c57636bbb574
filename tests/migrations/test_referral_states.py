"""Referrals of before the states were Gravity's: the nearest state, and milestones for what was known."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from app.actions import patients, practices, referrals, referrers
from app.core.db import transaction
from app.factory import create_app
from app.models.event import SYSTEM
from app.models.referral_state import ReferralStatus
from tests.conftest import START, dispose
from tests.databases import make_database
from tests.migrations.test_schema import run

BEFORE = "0021"
#: Their moments, in days after they came, the state they had, and the one they have now.
CASES = {
    "nothing yet": (None, None, "received", "requested"),
    "in touch": (1, None, "connected", "in_progress"),
    "in touch and told": (1, 2, "pcp_told", "in_progress"),
    "told only": (None, 2, "pcp_told", "accepted"),
}


@pytest.fixture
def filled(tmp_path_factory, worker_name, run_name, settings_of):
    """A database with the referrals of CASES, as of now."""
    made = make_database(tmp_path_factory, f"{worker_name}_states", run_name)
    run(settings_of, made.url, "upgrade")
    app = create_app(settings_of(made.url))
    with app.app_context(), transaction():
        practice = practices.create(
            "Harbor", "harbor", "America/Los_Angeles", "+15035550100", by=SYSTEM, at=START
        )
        office = referrers.find_or_add(practice.id, "Riverside", by=SYSTEM, at=START)
        for reason, (connected, told, _, _) in CASES.items():
            patient = patients.create(
                practice, mrn=reason, given_name="Sam", family_name="Porter",
                birth_date=START.date(), by=SYSTEM, at=START,
            )  # fmt: skip
            row = referrals.create(
                patient, reason="x", referred_by=reason, by=SYSTEM, at=START, referrer=office
            )
            row.connected_at = START + timedelta(days=connected) if connected else None
            row.pcp_told_at = START + timedelta(days=told) if told else None
            row.status = ReferralStatus.IN_PROGRESS if connected else ReferralStatus.REQUESTED
    dispose(app)
    yield made
    made.close()


def test_it_gives_each_referral_of_before_its_state_and_milestones(filled, settings_of) -> None:
    run(settings_of, filled.url, "downgrade", BEFORE)
    engine = create_engine(filled.url)
    states = text("SELECT referred_by, status FROM referral")
    with engine.connect() as connection:
        was = {name: status for name, status in connection.execute(states)}
    assert was == {name: case[2] for name, case in CASES.items()}
    run(settings_of, filled.url, "upgrade")
    with engine.connect() as connection:
        now = {name: status for name, status in connection.execute(states)}
        kinds = connection.execute(
            text(
                "SELECT r.referred_by, m.kind FROM referral r"
                " JOIN referral_milestone m ON m.referral_id = r.id"
            )
        ).all()
        weeks = connection.execute(text("SELECT week_ends_at FROM referral")).scalars().all()
        codes = connection.execute(text("SELECT form_code FROM referrer")).scalars().all()
    engine.dispose()
    assert all(weeks)
    assert [len(code) for code in codes] == [6]
    assert now == {name: case[3] for name, case in CASES.items()}
    for name, (connected, told, _, _) in CASES.items():
        known = {"received", *(["contacted"] if connected else []), *(["pcp_told"] if told else [])}
        assert {kind for whose, kind in kinds if whose == name} == known
