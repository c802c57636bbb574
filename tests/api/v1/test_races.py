"""Callers who send the same thing at the same moment: one writes it, the others hear of it, nobody breaks."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task

AT_ONCE = 4


def at_once(send) -> list:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [each.result() for each in [pool.submit(send, n) for n in range(AT_ONCE)]]


def test_one_of_many_creates_the_patient(api, world) -> None:
    maya = {"mrn": "R-1", "given_name": "Maya", "family_name": "Ortiz", "birth_date": "1961-05-17",
            "phone": "+15035550144"}  # fmt: skip
    answers = at_once(lambda _n: api.post("patients", maya))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (AT_ONCE - 1)
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert db.session.scalar(select(func.count()).where(Patient.mrn == "R-1")) == 1


def test_people_with_one_new_phone_share_it(api, world) -> None:
    def send(number: int):
        return api.post("patients", {"mrn": f"R-{number}", "given_name": "A", "family_name": "B",
                                     "birth_date": "1961-05-17", "phone": "+15035550144"})  # fmt: skip

    assert {answer.status_code for answer in at_once(send)} == {201}
    assert db.session.scalar(select(func.count()).where(PhoneNumber.e164 == "+15035550144")) == 1


def test_one_key_makes_one_message_and_one_task(api, world) -> None:
    text = {"patient_id": str(world.sam.id), "channel": "sms", "body": "Hello"}
    task = {"patient_id": str(world.rosa.id), "type": "medication_received", "ask_first": False}
    texts = at_once(lambda _n: api.post("messages", text, Idempotency_Key="k"))
    tasks = at_once(lambda _n: api.post("tasks", task, Idempotency_Key="k"))
    assert {answer.status_code for answer in texts} == {202}
    assert {answer.status_code for answer in tasks} == {201}
    assert len({answer.get_json()["id"] for answer in texts}) == 1
    assert len({answer.get_json()["id"] for answer in tasks}) == 1
    assert db.session.scalar(select(func.count(Message.id)).where(Message.send_key == "api:k")) == 1
    assert db.session.scalar(select(func.count(Task.id))) == 1
