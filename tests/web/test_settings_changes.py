"""The changes page: who changed what in the settings, with what stood there before; narrowed, in pages, as a
file; for leads and admins of one's own practice."""

import csv
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from app.models.user import User
from app.queries import settings_changes as reads
from tests.conftest import Clock
from tests.statements import reads as counted
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
PAGE = "/settings/changes"


@pytest.fixture
def adam(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.adam)


def change(client: FlaskClient, person: User, **fields: str) -> None:
    form = {"name": person.name, "role": person.role.value, "languages": "en"} | fields
    assert client.post(f"/settings/staff/{person.id}", data=form).status_code == 303
    client.get("/settings")  # takes the toast


def said(client: FlaskClient, **asked: str) -> str:
    """The list of changes as it reads, without the page around it."""
    text = client.get(PAGE, query_string=asked).text
    return " ".join(text[text.index('id="changes"') :].split())


def rows(client: FlaskClient, **asked: str) -> list[dict[str, str]]:
    answer = client.get(f"{PAGE}/file.csv", query_string=asked)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_it_tells_who_changed_what_and_what_stood_before(
    adam: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    change(adam, world.ben, role="front_desk", supervisor_id=str(world.lea.id))
    lea = sign_in(world.lea)
    lea.post(f"/settings/lines/{world.line.id}", data={
        "label": "Main", "segments_per_second": "2", "stop_owner": "us"})  # fmt: skip
    page = said(lea)
    assert "Details changed</strong>: Ben Brooks" in page
    assert "<del>Navigator</del>" in page
    assert "<ins>Front desk</ins>" in page
    assert "<ins>Lea Lindqvist</ins>" in page  # a name, not an id
    assert "Line changed</strong>: +15035550100" in page
    assert str(world.lea.id) not in page
    found = rows(lea, what="lines", who=str(world.lea.id))
    assert {(row["field"], row["before"], row["after"]) for row in found} == {
        ("label", "nothing", "Main"), ("segments a second", "1000.0", "2.0"),
        ("STOP and HELP answered by", "carrier", "us"),
    }  # fmt: skip
    assert {row["who"] for row in found} == {"Lea Lindqvist"}
    look_again()
    assert db.session.scalars(select(Event.facts).where(Event.kind == "changes.fetched")).all() == [
        {"rows": 1}
    ]


def test_it_narrows_by_person_subject_and_day(
    adam: FlaskClient, sign_in: SignInAs, world: World, clock: Clock
) -> None:
    change(adam, world.ben, credential="MA")
    clock.advance(days=2)
    lea = sign_in(world.lea)
    lea.post("/settings/fit", data={"text": "lives alone"})
    assert "lives alone" in said(lea, what="referrals")
    assert "Ben Brooks" not in said(lea, what="referrals")
    assert "lives alone" not in said(lea, who=str(world.adam.id))
    assert "Details changed" in said(lea, who=str(world.adam.id))
    assert "Joined a team" in said(lea, who="system")
    assert "lives alone" not in said(lea, to_on="2026-03-04")
    assert "Ben Brooks" not in said(lea, from_on="2026-03-04", what="staff")
    assert "Nothing was changed" in said(lea, from_on="2030-01-01")
    assert "lives alone" in said(lea, from_on="tomorrow", to_on="9999-99-99")


def test_it_pages_through_all_of_them_with_the_same_statements(
    adam: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted() as few:
        adam.get(PAGE, query_string={"what": "lines"})
    monkeypatch.setattr(reads, "PAGE", 4)
    viewer, seen, key = world.viewer(world.adam), [], ""
    everything = reads.everything(viewer, reads.Wanted()).events
    assert len(everything) > 8
    while True:
        found = reads.page(viewer, reads.Wanted(), before=key)
        seen += [event.id for event in found.events]
        if found.older is None:
            break
        key = found.older
    assert seen == [event.id for event in everything]
    with counted() as many:
        assert "Older ones" in adam.get(PAGE).text
    assert len(many) == len(few)


def test_it_shows_another_practice_and_other_roles_nothing(
    adam: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    change(adam, world.ben, credential="MA")
    cara = sign_in(world.cara)
    for text in (cara.get(PAGE).text, cara.get(f"{PAGE}/file.csv").text):
        assert "Ben Brooks" not in text
        assert "Cara Cole" in text  # her own practice's changes
    for user in (world.ana, world.anton):
        assert sign_in(user).get(PAGE).status_code == 403
        assert sign_in(user).get(f"{PAGE}/file.csv").status_code == 403


@pytest.mark.pure
def test_it_has_words_for_every_kind_it_shows() -> None:
    from app.web.change_words import GROUP_WORDS, KIND_WORDS

    kinds = {kind for _, each in reads.GROUPS.values() for kind in each}
    assert KIND_WORDS.keys() == kinds
    assert GROUP_WORDS.keys() == reads.GROUPS.keys()
