"""Texts come in, answers go out and the API writes, all at once, on the real server: every text is there
once, every accepted message stands at the carrier once, and nobody is told 5xx."""

import threading
from collections import Counter
from itertools import chain

import pytest

from tests.faults.figures import tell
from tests.faults.live import Live, at_once, phone
from tests.server import wait_until

COPIES = 8
WRITERS = 20
MESSAGES = 200


def test_it_takes_a_text_once_that_comes_eight_times_over_two_connections(live: Live) -> None:
    forms = [live.form(phone(90), f"hello {n}") for n in range(10)]

    def send(_: int) -> list[int]:
        kept = live.connect()
        said = [live.text(form, kept) for form in forms for _ in range(COPIES // 2)]
        kept.close()
        return said

    answers = [*chain.from_iterable(at_once(send, range(2), threads=2))]
    assert Counter(answers) == {200: len(forms) * COPIES}
    sids = [form["MessageSid"] for form in forms]
    kept = Counter(row[0] for row in live.rows("SELECT provider_id FROM message"))
    assert {kept[sid] for sid in sids} == {1}
    tell(f"n = {len(answers)} requests for {len(forms)} texts: {len(forms)} rows")


def test_it_serves_twenty_writers_without_a_locked_database(live: Live) -> None:
    forms = [live.form(phone(50 + n % WRITERS), f"note {n}") for n in range(WRITERS * 10)]
    answers = Counter(at_once(live.text, forms, threads=WRITERS))
    assert answers == {200: len(forms)}
    sids = {row[0] for row in live.rows("SELECT provider_id FROM message")}
    assert {form["MessageSid"] for form in forms} <= sids
    tell(f"n = {len(forms)} texts from {WRITERS} writers at once: 0 refused, 0 lost")


@pytest.mark.slow
def test_it_sends_200_messages_while_texts_come_in(live: Live) -> None:
    live.carrier.configure(callbacks="shuffled")
    patients = [live.patient(n) for n in range(20)]
    stop, answers = threading.Event(), []

    def keep_texting() -> None:
        while not stop.is_set():
            answers.append(live.text(live.form(phone(len(answers) % 20), "thanks a lot")))
            stop.wait(0.05)

    texting = threading.Thread(target=keep_texting)
    texting.start()
    try:
        wishes = [{"patient_id": patients[n % 20], "channel": "sms", "body": f"Message number {n}"}
                  for n in range(MESSAGES)]  # fmt: skip
        said = at_once(lambda wish: live.api("POST", "/messages", wish), wishes, threads=8)
        assert Counter(status for status, _ in said) == {202: MESSAGES}
        assert {made["status"] for _, made in said} == {"queued"}, said[0]
        final = {"delivered": MESSAGES}
        try:
            wait_until(lambda: live.statuses() == final, seconds=60, what="all are delivered")
        except AssertionError:
            raise AssertionError(live.statuses()) from None
    finally:
        stop.set()
        texting.join()
    assert set(answers) == {200}
    bodies = Counter(row["body"] for row in live.carrier.accepted())
    assert bodies == {f"Message number {n}": 1 for n in range(MESSAGES)}
    tell(f"n = {MESSAGES} messages, {len(answers)} texts meanwhile: 0 lost, 0 doubled, 0 refused")
