"""The month: vouching and approving in bulk, each its own row; the checklist with its rows; closing freezes a
signed export and marks what comes later; an admin opens it again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import calls, touchpoint_corrections
from app.core.db import db, transaction
from app.models.event import Event
from app.models.month_close import MonthClose
from app.models.patient import Patient
from app.models.run import ExportRun
from app.models.touchpoint import MinutesSource, Touchpoint, TouchpointAttestation
from app.models.user import User
from tests.conftest import Clock
from tests.statements import reads
from tests.world import World
from workers import sealer

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
MONTH = "/reports/months/2026-03"
APRIL = datetime(2026, 4, 2, 17, tzinfo=UTC)


def call(world: World, at: datetime, patient: Patient, user: User) -> Touchpoint:
    """A call of four minutes that ended at `at`."""
    with transaction():
        row = calls.log_call(
            db.session.merge(patient), by=world.viewer(user), at=at, task_ids=[],
            outcome="reached", started_at=at - timedelta(minutes=4), seconds=240,
            minutes_source=MinutesSource.TIMER,
        )  # fmt: skip
    assert row is not None
    return row


def say(client: FlaskClient, what: str, *rows: Touchpoint) -> Any:
    return client.post(
        f"/reports/{what}", data={"ids": [str(row.id) for row in rows]}, headers=HTMX
    )


def said(row: Touchpoint) -> list[str]:
    db.session.rollback()
    rows = select(TouchpointAttestation.kind).where(TouchpointAttestation.touchpoint_id == row.id)
    order = (TouchpointAttestation.at, TouchpointAttestation.id)
    return list(db.session.scalars(rows.order_by(*order)))


def counts(client: FlaskClient) -> dict[str, int]:
    text = client.get(MONTH).text
    return {line: int(n) for line, n in re.findall(r'/open/(\w+)"><strong>(\d+)<', text)}


def test_it_vouches_for_many_at_once_and_a_lead_approves_them(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    rows = [call(world, clock.now, each, world.ana) for each in (world.sam, world.rosa)]
    ana, lea = sign_in(world.ana), sign_in(world.lea)
    assert {line: n for line, n in counts(lea).items() if "attested" in line or "approved" in line} \
        == {"unattested": 2}  # fmt: skip
    assert str(rows[0].id) in ana.get(f"{MONTH}/open/unattested").text
    assert say(lea, "attestations", *rows).status_code == 403
    assert say(ana, "approvals", *rows).status_code == 403
    answer = say(ana, "attestations", *rows)
    assert "You vouched for 2 entries" in answer.headers["HX-Trigger"]
    assert counts(lea)["unapproved"] == 2
    assert "Approved: 2 entries" in say(lea, "approvals", *rows).headers["HX-Trigger"]
    assert "Approved: 0 entries" in say(lea, "approvals", *rows).headers["HX-Trigger"]  # once
    assert said(rows[0]) == said(rows[1]) == ["attested", "approved"]
    assert not {"unattested", "unapproved"} & counts(lea).keys()


def test_it_takes_a_word_back_by_a_row_of_its_own_and_gives_it_again(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row = call(world, clock.now, world.sam, world.ana)
    ana = sign_in(world.ana)
    assert ana.delete(f"/reports/attestations?ids={row.id}", headers=HTMX).status_code == 409
    for expected in (1, 2):
        say(ana, "attestations", row)
        clock.advance(seconds=1)
        other = sign_in(world.ben).delete(f"/reports/attestations?ids={row.id}", headers=HTMX)
        assert other.status_code == 404
        assert ana.delete(f"/reports/attestations?ids={row.id}", headers=HTMX).status_code == 204
        clock.advance(seconds=1)
        assert said(row) == ["attested", "attestation_withdrawn"] * expected
    assert counts(sign_in(world.lea))["unattested"] == 1


def test_it_lets_a_lead_approve_her_own_only_where_nobody_else_can(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row = call(world, clock.now, world.sam, world.lea)
    lea = sign_in(world.lea)
    assert say(lea, "approvals", row).status_code == 403
    with transaction():
        db.session.get_one(User, (world.practice.id, world.adam.id)).is_active = False
    assert say(lea, "approvals", row).status_code == 204
    assert said(row) == ["approved"]


def test_it_vouches_for_all_or_none(sign_in: SignInAs, world: World, clock: Clock) -> None:
    row = call(world, clock.now, world.sam, world.ana)
    wrong = call(world, clock.now, world.sam, world.ana)
    toms = call(world, clock.now, world.tom, world.ben)
    ana = sign_in(world.ana)
    with transaction():
        touchpoint_corrections.void(
            db.session.merge(wrong), reason="twice", by=world.system.actor, at=clock.now
        )
    assert say(ana, "attestations", row, wrong).status_code == 409
    assert say(ana, "attestations", row, toms).status_code == 404
    assert say(ana, "attestations").status_code == 422
    assert said(row) == []


def test_it_lists_what_is_open_with_its_rows(sign_in: SignInAs, world: World, clock: Clock) -> None:
    row = call(world, clock.now, world.rosa, world.ana)  # Rosa has no coverage, Sam has
    call(world, clock.now, world.sam, world.ana)
    ana, lea = sign_in(world.ana), sign_in(world.lea)
    ana.post("/timers", data={"patient_id": str(world.sam.id)}, headers=HTMX)
    assert counts(lea) == {"timers": 1, "unattested": 2, "no_coverage": 1, "unsealed": 2}
    assert str(row.id) in lea.get(f"{MONTH}/open/no_coverage").text
    assert "Call, running" in lea.get(f"{MONTH}/open/timers").text
    assert str(row.id) not in sign_in(world.ben).get(f"{MONTH}/open/unattested").text
    assert ana.get(f"{MONTH}/open/no_coverage").status_code == 403
    sealer.run()
    assert "unsealed" not in counts(lea)
    assert counts(sign_in(world.lea)).keys() == {"timers", "unattested", "no_coverage"}
    assert "Nothing open here" in lea.get("/reports/months/2026-02/open/unsealed").text


def test_it_sums_the_month_by_team_and_subgroup_in_the_same_statements(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    lea = sign_in(world.lea)
    call(world, clock.now, world.sam, world.ana)
    with reads() as one:
        lea.get(MONTH)
    call(world, clock.now, world.tom, world.ben)
    call(world, clock.now + timedelta(minutes=2), world.rosa, world.ana)
    with reads() as many:
        text = lea.get(MONTH).text
    assert len(many) == len(one)
    row = r'data-minutes="(\d+)"><th scope="row">([^<]+)</th><td[^>]*><a href="([^"]+)">(\d+)'
    found = re.findall(row, text)
    lines = [(minutes, name, contacts) for minutes, name, _, contacts in found]
    for _, _, behind, contacts in found:  # each number opens its rows
        rows = " ".join(lea.get(behind.replace("&amp;", "&")).text.split())
        assert f"<dt>Contacts</dt><dd>{contacts}</dd>" in rows
        assert f"<dt>Ledger rows</dt><dd>{contacts}</dd>" in rows
    assert not re.search(r'class="num">\s*\d', text)  # no figure without its rows
    timed = re.findall(r'href="(/reports\?[^"]*only=minutes[^"]*)"', text)
    assert len(timed) == 4
    for behind in timed:
        rows = lea.get(behind.replace("&amp;", "&")).text
        assert re.search(r"Ledger rows</dt><dd>[1-3]<", rows), rows
    assert ("6", "Harbor team", "2") in lines  # two of Ana's minutes overlap
    assert ("4", "Pier team", "1") in lines
    assert len(lines) == 3


def close(client: FlaskClient, **data: str) -> Any:
    return client.post(f"{MONTH}/closing", data=data, headers=HTMX)


def test_it_closes_a_month_that_is_over_into_a_signed_export_and_marks_later_work(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    first = call(world, clock.now, world.sam, world.ana)
    assert close(sign_in(world.lea), reason="x").status_code == 409  # March is not over
    clock.set(APRIL)
    lea = sign_in(world.lea)
    assert close(sign_in(world.ana), reason="x").status_code == 403
    assert close(lea).status_code == 422  # points are open, nobody says why
    assert close(lea, reason="Ana is on leave").status_code == 204
    assert close(lea, reason="again").status_code == 409
    db.session.rollback()
    row, run = (
        db.session.scalars(select(MonthClose)).one(),
        db.session.scalars(select(ExportRun)).one(),
    )
    assert (row.left_open["unattested"], row.export_id) == (1, run.id)
    assert (str(run.from_on), str(run.to_on), run.purpose) == (
        "2026-03-01",
        "2026-03-31",
        "internal",
    )
    after = later(world, clock)
    assert after.late_entry_reason == "the month was closed before"
    with transaction():
        back = touchpoint_corrections.void(
            db.session.merge(first), reason="x", by=world.system.actor, at=clock.now
        )
    assert back.late_entry_reason == "the month was closed before"
    assert "marked late" in lea.get(MONTH).text


def test_it_lets_an_admin_open_a_month_again_with_a_reason(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    call(world, clock.now, world.sam, world.ana)
    clock.set(APRIL)
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    assert adam.post(f"{MONTH}/reopening", data={"reason": "x"}, headers=HTMX).status_code == 409
    close(lea, reason="Ana is on leave")
    assert lea.post(f"{MONTH}/reopening", data={"reason": "x"}).status_code == 403
    assert adam.post(f"{MONTH}/reopening", headers=HTMX).status_code == 422
    assert adam.post(f"{MONTH}/reopening", data={"reason": "A call was missed"}).status_code == 303
    assert later(world, clock).late_entry_reason == "entered later"
    assert "A call was missed" in lea.get(MONTH).text
    assert close(lea, reason="Ana is on leave").status_code == 204
    kinds = select(Event.kind).where(Event.kind.like("month.%")).order_by(Event.at, Event.id)
    db.session.rollback()
    assert list(db.session.scalars(kinds)) == ["month.closed", "month.reopened", "month.closed"]


def later(world: World, clock: Clock) -> Touchpoint:
    """A call of March, written down now."""
    with transaction():
        row = calls.log_call(
            db.session.merge(world.sam), by=world.viewer(world.ana), at=clock.now, task_ids=[],
            outcome="reached", started_at=datetime(2026, 3, 20, 17, tzinfo=UTC), seconds=60,
            minutes_source=MinutesSource.MANUAL,
        )  # fmt: skip
    assert row is not None
    return row


def test_it_keeps_a_months_rows_from_other_practices(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row: UUID = call(world, clock.now, world.sam, world.ana).id
    assert str(row) in sign_in(world.ana).get(f"{MONTH}/open/unattested").text
    cara = sign_in(world.cara)
    assert str(row) not in cara.get(f"{MONTH}/open/unattested").text
    assert (
        cara.post("/reports/attestations", data={"ids": str(row)}, headers=HTMX).status_code == 404
    )
