"""What the page of exports asks and lists: a place in the chain, and all that was made, however long ago."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.run import ExportRun
from tests.actions.test_seals import write_rows
from tests.conftest import Clock
from tests.exports.ledgers import seal_all
from tests.web.test_export_checks import MARCH, lea
from tests.world import World, look_again

__all__ = ["lea"]


def test_D4_it_asks_for_a_place_in_the_chain(lea: FlaskClient, world: World, clock: Clock) -> None:
    write_rows(world, clock.now, "ab")
    seal_all(world.practice.id, clock.now)
    for odd, words in (
        ("3", "The chain ends at 2"),
        ("-1", "The chain ends"),
        ("x", "Write a number"),
    ):
        refused = lea.post("/reports/exports", data=MARCH | {"as_of_seq": odd})
        assert (refused.status_code, words in refused.text) == (422, True)
    asked = MARCH | {"as_of_seq": "2", "since_seq": "1"}
    assert lea.post("/reports/exports", data=asked).status_code == 303
    look_again()
    run = db.session.scalars(select(ExportRun)).one()
    assert (run.as_of_seq, run.since_seq) == (2, 1)


def test_it_lists_older_exports_too(
    lea: FlaskClient, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries.runs.MOST", 2)
    for number in range(5):
        clock.advance(minutes=number % 2)  # two at the same moment
        assert lea.post("/reports/exports", data=MARCH).status_code == 303
    seen, page = [], "/reports/exports"
    while page:
        text = lea.get(page).text
        seen += re.findall(r'href="/reports/exports/([0-9a-f-]{36})"', text)
        older = re.search(r'href="(/reports/exports\?before=[^"]+)"', text)
        page = older[1] if older else ""
    look_again()
    runs = db.session.scalars(
        select(ExportRun.id).order_by(ExportRun.created_at.desc(), ExportRun.id.desc())
    )
    assert seen == [str(each) for each in runs]
    assert len(seen) == 5
