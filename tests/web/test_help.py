"""Help where one stands: each page leads to a section that is there, what badges mean cannot drift from the
badges, and the leaflet is read by anybody."""

import re
import sys
from enum import StrEnum

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.models.patient import PatientStatus
from app.models.practice import Practice
from app.models.referral_letter import LetterState
from app.models.referral_state import ReferralStatus
from app.models.run import RunStatus
from app.models.task import Evidence, Needs, TaskStatus
from app.models.user import Role
from app.queries import list_sends
from app.web import help_pages
from app.web.contact_words import CONTACT_WORDS
from app.web.help_words import MEANINGS, TITLES
from app.web.leaflet import DAYS
from app.web.leaflet import WORDS as LEAFLET
from app.web.list_state_words import LIST_WORDS
from app.web.measures import MEASURE_WORDS
from app.web.record_words import RECORD_WORDS
from app.web.words import WORDS
from messaging.delivery import MessageStatus
from tests.reading import grade
from tests.world import World

#: Kinds of the catalogue whose codes are an enum's.
KINDS: dict[str, type[StrEnum]] = {
    "status": TaskStatus, "needs": Needs, "evidence": Evidence, "referral": ReferralStatus,
    "letter": LetterState, "patient_status": PatientStatus, "delivery": MessageStatus,
    "run": RunStatus,
}  # fmt: skip


@pytest.mark.parametrize("who", ["ana", "lea", "adam", "anton"])
def test_every_page_has_its_help_for_every_role(sign_in, world: World, who: str) -> None:
    client = sign_in(getattr(world, who))
    own = help_pages.page(help_pages.OF_ROLE[getattr(world, who).role])
    assert own.title in client.get("/help").text
    for path in (
        "/help/meanings",
        "/help/leaflet",
        *(f"/help/{name}" for name in help_pages.PAGES),
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert f'href="/help/{own.name}"' in answer.text
    assert client.get("/help/nowhere").status_code == 404


def test_the_link_leads_to_the_section_about_the_page(
    ana: FlaskClient, lea: FlaskClient, world: World
) -> None:
    assert 'href="/help/navigator#the-inbox"' in ana.get("/inbox").text
    assert 'href="/help/lead#reports"' in lea.get("/reports").text
    assert 'id="the-inbox"' in ana.get("/help/navigator").text


@pytest.mark.pure
def test_every_role_has_a_page_and_every_section_is_there() -> None:
    assert set(help_pages.OF_ROLE) == set(Role)
    for blueprint, pages in help_pages.SECTIONS.items():
        for name, anchor in pages.items():
            there = {section.anchor for section in help_pages.page(name).sections}
            assert anchor in there, f"{blueprint}: {name}#{anchor}"


def test_sections_name_parts_of_the_product(app: Flask) -> None:
    assert set(help_pages.SECTIONS) <= set(app.blueprints)


@pytest.mark.pure
def test_every_status_has_a_word_and_a_meaning() -> None:
    catalogue = WORDS | RECORD_WORDS | LIST_WORDS
    assert set(MEANINGS) == set(TITLES)
    for kind, known in MEANINGS.items():
        assert set(known) == set(catalogue[kind]), kind
    assert {*MEANINGS["list_state"]} == {*list_sends.STATES.values(), list_sends.UNWRITTEN}
    for kind, codes in KINDS.items():
        assert {*MEANINGS[kind]} == {each.value for each in codes}, kind


def test_no_kind_of_status_is_left_out(app: Flask) -> None:
    """A new one needs a section of the page, or to be named here as one nobody reads."""
    there = {
        name
        for module in list(sys.modules.values())
        if module.__name__.startswith(("app.models.", "messaging."))
        for name, kind in vars(module).items()
        if isinstance(kind, type) and name.endswith("Status")
    }
    inside = {"ListStatus", "MailStatus", "MediaStatus", "SourceStatus", "IntakeStatus"}
    assert there == inside | {each for each in map(_name, KINDS.values()) if each in there}
    assert {"TaskStatus", "ReferralStatus"} <= there


def _name(kind: type) -> str:
    return kind.__name__


@pytest.mark.pure
def test_no_two_catalogues_have_a_kind_in_common() -> None:
    """The later one would take the other's words away."""
    every = [RECORD_WORDS, LIST_WORDS, CONTACT_WORDS, MEASURE_WORDS]
    assert sum(map(len, every)) == len(set().union(*every))


def test_each_status_is_drawn_as_on_the_cards(ana: FlaskClient) -> None:
    page = ana.get("/help/meanings").text
    for code, word in WORDS["status"].items():
        assert f'<span class="pill pill-{code}">{word}</span>' in page
    assert "chip-overdue" in page
    assert "chip-today" in page


def test_the_leaflet_has_the_practices_number_and_hours(ana: FlaskClient, world: World) -> None:
    with transaction():
        practice = db.session.get_one(Practice, world.practice.id)
        practice.hours = {"0": [["08:00", "12:00"], ["13:00", "17:30"]], "4": [["00:00", "12:00"]]}
    page = ana.get("/help/leaflet").text
    for words in ("Harbor Family Clinic", "(503) 555-0100", "(503) 555-0199", "STOP", "PARAR", "HELP", "911",
                  "Monday: 8:00 am to 12:00 pm, 1:00 pm to 5:30 pm",
                  "viernes: 12:00 a. m. a 12:00 p. m."):  # fmt: skip
        assert words in page, words
    assert page.index('lang="en"', 200) < page.index('lang="es"')
    other = ana.get("/help/leaflet?language=es").text
    assert other.index('id="leaflet-es"') < other.index('id="leaflet-en"')
    assert "Tuesday" not in page


@pytest.mark.pure
def test_the_leaflet_is_read_in_sixth_grade() -> None:
    """Spanish has as many sentences, and short ones."""
    assert grade(each for _, part in LEAFLET["en"] for each in part) <= 6.0
    spanish = [
        s for _, part in LEAFLET["es"] for each in part for s in re.split(r"(?<=[.?])\s", each)
    ]
    assert max(len(s.split()) for s in spanish) <= 15
    assert [len(part) for _, part in LEAFLET["es"]] == [len(part) for _, part in LEAFLET["en"]]
    assert {len(days) for days in DAYS.values()} == {7}
