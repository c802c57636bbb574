"""The pages of a list as tests use them: look, confirm, and what came of it."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.list_send import ListRecipient, ListSend
from app.models.patient import Patient
from tests.actions.list_sends import WORDS
from tests.world import look_again

FORM = {"words_en": WORDS["en"], "words_es": WORDS["es"], "purpose": "care_navigation", "key": "k1"}


def look(client: FlaskClient, **form: object) -> str:
    answer = client.post("/lists/preview", data={**FORM, **form})
    assert answer.status_code == 200, answer.text
    return answer.text


def seal_in(page: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def confirm(client: FlaskClient, **form: object) -> str:
    """Look and send; the address of the list's page."""
    seal = seal_in(look(client, **form))
    answer = client.post("/lists", data={**FORM, **form, "seal": seal})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def people_on(row: ListSend) -> set[str]:
    look_again()
    rows = select(Patient.given_name).join(
        ListRecipient, ListRecipient.patient_id == Patient.id
    ).where(ListRecipient.list_id == row.id)  # fmt: skip
    return set(db.session.scalars(rows))


def only() -> ListSend:
    look_again()
    return db.session.scalars(select(ListSend)).one()
