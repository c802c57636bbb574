"""Offices and community organizations in `flask work import`: one that was renamed here stays the one that is
meant."""

import contextvars
from pathlib import Path

from sqlalchemy import func, select

from app.core.db import db
from app.models.appointment import Appointment
from app.models.community_organization import CommunityOrganization
from app.models.referral import Referral, Referrer

HEADER = "type,source_id,patient,happens_at,partner,referrer,reason"


def one(table, **by):
    return db.session.scalars(select(table).filter_by(**by)).one()


def test_an_office_and_an_organization_are_found_by_the_names_they_had(
    app, tmp_path: Path, world, sign_in
) -> None:
    lea, base = sign_in(world.lea), "/settings/referrals/organizations"
    pantry = {"name": "Harbor Pantry", "needs": "food", "languages": "en", "capacity": "open"}
    lea.post(base, data=pantry)

    def send(*lines: str) -> None:
        path = tmp_path / "work.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        words = ["work", "import", str(path), "--practice", "harbor"]
        result = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
        assert f"{len(lines)} created" in result.output
        db.session.rollback()
        db.session.expire_all()

    send("referral,R-1,H-1,,,Pine Street,Rides")
    office, there = one(Referrer), one(CommunityOrganization)
    for name in ("Pine Health", "Oak Health"):
        lea.post(f"/offices/{office.id}", data={"name": name, "email": "", "phone": "", "fax": ""})
        lea.post(f"{base}/{there.id}", data=pantry | {"name": name})
    assert "Before: Pine Health, Pine Street." in lea.get(f"/offices/{office.id}").text
    send(
        "referral,R-2,H-1,,,PINE  street,Rides",
        "referral,R-3,H-1,,,Pine Health,Rides",
        "appointment,A-1,H-1,2026-03-10 14:30,harbor pantry,,",
    )
    assert {each.referrer_id for each in db.session.scalars(select(Referral))} == {office.id}
    assert one(Appointment).community_organization_id == there.id
    assert (db.session.scalar(select(func.count(Referrer.id))), one(Referrer).name) == (
        1, "Oak Health")  # fmt: skip
    lea.post("/offices", data={"name": "Pine Health"})  # who has the name now is meant
    send("referral,R-4,H-1,,,Pine Health,Rides")
    assert one(Referral, source_id="R-4").referrer.name == "Pine Health"
