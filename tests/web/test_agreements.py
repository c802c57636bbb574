"""What a patient agrees to beside texts: the words they hear become rows; a no is a row too; nothing of it
lets a text leave."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.consent import Consent
from tests.conftest import Clock
from tests.world import World, look_again

YES = {"purpose": "ccm", "decision": "given", "how": "phone"}


def url(world: World) -> str:
    return f"/patients/{world.rosa.id}/agreements"


def rows(world: World) -> list[Consent]:
    look_again()
    mine = select(Consent).where(
        Consent.patient_id == world.rosa.id, Consent.channel.in_(("program", "record"))
    )
    return list(db.session.scalars(mine.order_by(Consent.recorded_at, Consent.id)))


def test_a_yes_is_kept_in_the_words_they_heard_in_their_language(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    page = ana.get(url(world)).text
    assert "Acepto que Harbor" in page
    assert "Not asked yet" in page
    assert ana.post(url(world), data=YES | {"on": "2026-03-01"}).status_code == 303
    (row,) = rows(world)
    assert (row.purpose, row.channel, row.decision, row.language) == (
        "ccm",
        "program",
        "given",
        "es",
    )
    assert "manejo de enfermedades crónicas" in row.wording
    assert row.decided_at.date().isoformat() == "2026-03-01"
    page = ana.get(url(world)).text
    assert "By phone" in page
    assert "recorded by Ana" in page
    clock.advance(minutes=1)
    assert ana.post(url(world), data=YES | {"decision": "withdrawn"}).status_code == 303
    assert "later months do not" in ana.get(url(world)).text
    assert [each.decision for each in rows(world)] == ["given", "withdrawn"]


def test_a_no_is_on_record_and_texts_go_on(ana: FlaskClient, world: World) -> None:
    before = ana.get(f"/patients/{world.rosa.id}").text.count("pill-done")
    ana.post(url(world), data=YES | {"decision": "declined"})
    assert [each.decision for each in rows(world)] == ["declined"]
    after = ana.get(f"/patients/{world.rosa.id}").text
    assert after.count("pill-done") == before  # the consent to texts is another matter
    assert "Chronic care management: they did not want it (by phone)" in after


def test_the_minutes_of_a_programme_show_its_consent(ana: FlaskClient, world: World) -> None:
    ana.post(url(world), data=YES)
    kinds = [row.purpose for row in rows(world)]
    assert kinds == ["ccm"]
    from app.queries.patient_minutes import patient_minutes

    found = patient_minutes(
        world.viewer(world.ana), world.rosa.id, day=rows(world)[0].decided_at.date()
    )
    assert found.consents["ccm"] == "given"


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        ({"on": "2027-01-01"}, "in the future"),
        ({"on": "soon"}, "Write the day like"),
        ({"purpose": "part2_sharing", "until": "2020-01-01"}, "before it begins"),
        ({"purpose": "everything"}, "Choose what they said"),
        ({"how": "rumour"}, "how you heard it"),
    ],
)
def test_it_refuses_what_cannot_be(
    ana: FlaskClient, world: World, odd: dict[str, Any], words: str
) -> None:
    answer = ana.post(url(world), data=YES | odd)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert rows(world) == []
