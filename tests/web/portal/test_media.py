"""A patient sees in words that a picture they texted is there; only staff fetch it from here."""

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import media
from app.core.db import db, transaction
from app.models.media import Media
from messaging.carriers.sandbox_picture import PICTURE
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.portal.conftest import Enter
from tests.world import World
from workers import media as sweep

CHAT = "/portal/my/chat"


def test_it_tells_the_patient_what_they_sent(
    world: World, enter: Enter, clock: Clock, client: FlaskClient
) -> None:
    phones = Phones(world, clock)
    phones.text(world.sam, "", media=(PICTURE,))
    phones.text(world.rosa, "", media=(PICTURE,))
    sams, rosas = enter(world.sam), enter(world.rosa)
    assert "Picture" in sams.get(CHAT).text
    assert sweep.fetch_due() == 2
    assert "Picture" in sams.get(CHAT).text
    assert "Foto" in rosas.get(CHAT).text
    for file in db.session.scalars(select(Media)):
        assert f"/media/{file.id}" not in sams.get(CHAT).text
        assert sams.get(f"/media/{file.id}").status_code == 303  # to the sign-in page of staff


def test_it_tells_the_patient_when_nobody_could_open_it(
    world: World, enter: Enter, clock: Clock
) -> None:
    Phones(world, clock).text(world.sam, "Look", media=(PICTURE,))
    (due,) = media.due(at=clock.now)
    with transaction():
        claimed = media.claim(*due, at=clock.now)
        assert claimed is not None
        media.settle(claimed, b"<svg/>", at=clock.now)
    assert "Picture (we could not open it)" in enter(world.sam).get(CHAT).text


def test_it_names_files_in_the_patients_own_copy(world: World, enter: Enter, clock: Clock) -> None:
    Phones(world, clock).text(world.sam, "", media=(PICTURE,))
    (row,) = enter(world.sam).get("/portal/my/messages.json").get_json()
    assert (row["text"], row["files"]) == ("", "picture")
