"""Messages over the API: always accepted once, withheld with a reason where the gate refuses, no frequency
caps, and an Idempotency-Key makes a repeat harmless."""

import pytest
from sqlalchemy import func, select

from app.actions import outbox
from app.core.db import db, transaction
from app.models.message import Message
from app.models.patient import Patient
from tests.api.v1.conftest import check_problem


def text(patient, **more):
    return {"patient_id": str(patient.id), "channel": "sms", "body": "Your form is ready."} | more


def count_messages() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Message.id))) or 0


def test_it_queues_a_text(api, world) -> None:
    made = api.post("messages", text(world.sam))
    assert made.status_code == 202, made.text
    shown = made.get_json()
    assert (shown["status"], shown["reason"], shown["direction"]) == ("queued", None, "outbound")
    assert (shown["is_automated"], shown["body"]) == (False, "Your form is ready.")
    assert shown["warnings"] == []
    assert api.get(f"messages/{shown['id']}").get_json()["id"] == shown["id"]


def test_it_says_what_the_wording_risks_as_the_reply_box_does(api, world) -> None:
    shown = api.post(
        "messages", text(world.sam, body="Your HIV result is here. Reply STOP.")
    ).get_json()
    assert shown["status"] == "queued"  # staff decide what they write
    assert {each["code"] for each in shown["warnings"]} >= {"clinical_word"}
    assert all(each["field"] == "body" and each["message"] for each in shown["warnings"])


def test_it_delivers_to_the_portal_without_consent(api, world) -> None:
    shown = api.post("messages", text(world.olga, channel="portal")).get_json()
    assert shown["status"] in ("sent", "delivered")


@pytest.mark.parametrize(
    ("who", "reason"), [("olga", "opted_out"), ("deceased", "patient_inactive")]
)
def test_what_the_gate_refuses_is_accepted_as_withheld(api, world, who, reason) -> None:
    patient = world.olga if who == "olga" else world.tom
    if who == "deceased":
        api.patch(f"patients/{patient.id}", {"status": "deceased"})
    answer = api.post("messages", text(patient))
    assert answer.status_code == 202
    shown = answer.get_json()
    assert (shown["status"], shown["reason"]) == ("withheld", reason)
    assert shown["explanation"]


def test_it_withholds_without_a_phone_and_without_consent(api, world) -> None:
    least = {"mrn": "M-1", "given_name": "May", "family_name": "Lu", "birth_date": "1950-01-01"}
    nobody = api.post("patients", least).get_json()["id"]
    assert (
        api.post("messages", text(world.sam, patient_id=nobody)).get_json()["reason"] == "no_number"
    )
    api.patch(f"patients/{nobody}", {"phone": "+15035550170"})
    assert (
        api.post("messages", text(world.sam, patient_id=nobody)).get_json()["reason"]
        == "no_consent"
    )


def test_staff_messages_have_no_frequency_cap(api, world) -> None:
    answers = [
        api.post("messages", text(world.sam, body=f"Number {n}")).get_json() for n in range(6)
    ]
    assert {answer["status"] for answer in answers} == {"queued"}
    assert len({answer["due_at"] for answer in answers}) == 1


def test_a_seen_key_gives_the_first_answer_and_sends_nothing(api, world) -> None:
    before = count_messages()
    first = api.post("messages", text(world.sam), Idempotency_Key="order-77")
    again = api.post("messages", text(world.sam), Idempotency_Key="order-77")
    other = api.post("messages", text(world.sam, body="Something else"), Idempotency_Key="order-77")
    assert [answer.status_code for answer in (first, again, other)] == [202, 202, 202]
    assert first.get_json() == again.get_json() == other.get_json()
    assert count_messages() == before + 1
    assert api.post("messages", text(world.sam)).get_json()["id"] != first.get_json()["id"]


def test_a_key_is_one_practices_own(api, calling, world) -> None:
    other = calling(world.other_practice)
    first = api.post("messages", text(world.sam), Idempotency_Key="k").get_json()
    second = other.post("messages", text(world.zoe), Idempotency_Key="k").get_json()
    assert first["id"] != second["id"]


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 191, "ü"])
def test_it_refuses_a_key_it_could_not_keep(api, world, key) -> None:
    check_problem(api.post("messages", text(world.sam), Idempotency_Key=key), 422)


def test_it_waits_for_send_after(api, world) -> None:
    shown = api.post("messages", text(world.sam, send_after="2026-03-05T12:00:00-08:00")).get_json()
    assert (shown["status"], shown["due_at"]) == ("queued", "2026-03-05T20:00:00Z")


def test_it_withholds_what_has_expired(api, world) -> None:
    shown = api.post("messages", text(world.sam, not_after="2026-03-01T12:00:00Z")).get_json()
    assert (shown["status"], shown["reason"]) == ("withheld", "expired")


@pytest.mark.parametrize(
    "more",
    [{"send_after": "2026-03-05T12:00:00"}, {"send_after": "9999-12-31T23:59:59-12:00"}, {"send_after": 5},
     {"body": ""}, {"body": "   "}, {"body": "x" * 1601}, {"body": "a\x00b"}, {"channel": "fax"},
     {"channel": None},
     {"repeatable": "yes"}, {"purpose": "sign_in"}, {"patient_id": 7},
     {"send_after": "2026-03-06T12:00:00Z", "not_after": "2026-03-05T12:00:00Z"}],
)  # fmt: skip
def test_it_refuses_what_makes_no_sense(api, world, more) -> None:
    before = count_messages()
    check_problem(api.post("messages", text(world.sam, **more)), 422)
    assert count_messages() == before


def test_its_messages_reach_the_outbox(api, world, clock) -> None:
    made = api.post("messages", text(world.sam, repeatable=True)).get_json()
    with transaction():
        claims, _ = outbox.claim_due(world.practice.id, at=clock.now, limit=10)
    assert [str(claim.message_id) for claim in claims] == [made["id"]]
    assert db.session.scalars(select(Message.repeatable)).one() is True


def test_an_unknown_patient_is_404_and_nothing_is_written(api, world) -> None:
    before = count_messages()
    unknown = Patient(practice_id=world.practice.id)
    check_problem(api.post("messages", text(unknown)), 404)
    assert count_messages() == before


def test_it_texts_each_of_two_people_who_share_a_phone(api, world) -> None:
    """A yes given for this very number is theirs; nobody has to confirm it a second time."""
    consent = {"given": True, "on": "2026-01-02", "wording": "May we text you?"}
    for n, name in enumerate(("Ida", "Ulf")):
        person = {"mrn": f"S-{n}", "given_name": name, "family_name": "Moe", "birth_date": "1950-01-01",
                  "phone": "+15035550171", "sms_consent": consent}  # fmt: skip
        made = api.post("patients", person).get_json()["id"]
        shown = api.post("messages", text(world.sam, patient_id=made)).get_json()
        assert (shown["status"], shown["reason"]) == ("queued", None), name
