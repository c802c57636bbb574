"""The signed file of a closed month, when it could not be made; and months that are none."""

import pytest
from sqlalchemy import select

from app.actions import exports
from app.core.db import db, transaction
from app.models.month_close import MonthClose
from app.models.run import ExportRun
from tests.conftest import Clock
from tests.web.test_months import APRIL, MONTH, SignInAs, call, close, later
from tests.world import World, look_again
from workers import sealer


def test_a_closed_month_without_its_file_says_so_and_makes_it(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    call(world, clock.now, world.sam, world.ana)
    sealer.run()
    clock.set(APRIL)
    lea = sign_in(world.lea)
    assert close(lea, reason="x").status_code == 204
    file = f"{MONTH}/file"
    assert "is being made" in lea.get(MONTH).text
    assert lea.post(file).status_code == 409
    look_again()
    with transaction():
        exports.record_failed(db.session.scalars(select(ExportRun)).one(), OSError(), at=clock.now)
    clock.advance(minutes=1)
    later(world, clock)  # after the close: not in the month's file
    sealer.run()
    told = lea.get(MONTH).text
    assert "its signed file could not be made" in told
    assert sign_in(world.ana).post(file).status_code == 403
    assert lea.post(file).status_code == 303
    look_again()
    run = db.session.scalars(select(ExportRun).where(ExportRun.status == "waiting")).one()
    assert (run.as_of_seq, run.purpose, run.format) == (1, "internal", "jsonl")
    assert db.session.scalars(select(MonthClose)).one().export_id == run.id
    assert "is being made" in lea.get(MONTH).text


@pytest.mark.parametrize("odd", ["2026-13", "soon", "0000-01", "9999-01"])
def test_it_knows_no_month_like_that(sign_in: SignInAs, world: World, odd: str) -> None:
    assert sign_in(world.lea).get(f"/reports/months/{odd}").status_code == 404
