"""Texts come in, answers go out and the API writes, all at once, on the real server: every text is there
once (W1: however many copies of it come), every accepted message stands at the carrier once, and nobody is
told 5xx."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from math import ceil
from time import monotonic

import pytest

from tests.faults.figures import Figure, size, tell
from tests.faults.live import Live, at_once, phone
from tests.server import free_port, wait_until

WRITERS, BURST = 20, 500
MESSAGES = 200
TEXTS = size(60, 10_000)
PROCESSES = size(2, 4)
SENDERS = 16
#: Patients with an open question, which their first text answers; and whose phones those are.
ASKED, FIRST = 10, 300
UNKNOWN = 5  # numbers of nobody
EFFECTS = {
    "touchpoint": "SELECT source_id FROM touchpoint GROUP BY source_id HAVING count(*) > 1",
    "task answered": "SELECT subject_id FROM event WHERE kind = 'task.answered' GROUP BY subject_id"
                     " HAVING count(*) > 1",
    "task ended": "SELECT subject_id FROM event WHERE kind = 'task.completed' GROUP BY subject_id"
                  " HAVING count(*) > 1",
    "received": "SELECT subject_id FROM event WHERE kind = 'message.received' GROUP BY subject_id"
                " HAVING count(*) > 1",
    "intake": "SELECT phone_number_id FROM conversation WHERE kind = 'intake' AND resolved_at IS NULL"
              " GROUP BY phone_number_id HAVING count(*) > 1",
    "reply": "SELECT task_id FROM message WHERE direction = 'outbound' AND task_id IS NOT NULL"
             " GROUP BY task_id, body_digest HAVING count(*) > 1",
}  # fmt: skip


@pytest.fixture
def ports(live: Live) -> Iterator[list[int]]:
    """More server processes beside the first, under the same public address."""
    more = [free_port() for _ in range(PROCESSES - 1)]
    started = [
        live.server.spawn("gunicorn", "--bind", f"127.0.0.1:{port}", "-k", "gevent", "wsgi:app")
        for port in more
    ]
    for port in more:
        wait_until(lambda port=port: live.server.is_up(port), seconds=120, what="it answers")
    yield [live.server.port, *more]
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=20)


@pytest.mark.slow
def test_it_takes_each_text_once_however_many_copies_come(
    live: Live, ports: list[int], figure: Figure
) -> None:
    chance = random.Random(1)
    ask(live)
    already = live.heard()
    forms = [live.form(*words_of(n)) for n in range(TEXTS)]
    posts = [form for form in forms for _ in range(chance.randint(1, 5))]
    chance.shuffle(posts)
    shares = [[(form, ports[n % len(ports)]) for n, form in enumerate(posts[k::SENDERS])]
              for k in range(SENDERS)]  # fmt: skip
    answers = Counter(
        status
        for said in at_once(lambda share: send(live, share), shares, threads=SENDERS)
        for status in said
    )
    rows = live.heard() - already
    sids = {form["MessageSid"] for form in forms}
    lost, doubled = sids - rows.keys(), sum(count - 1 for count in rows.values())
    second = second_effects(live)
    figure("W1 duplicate inbound", n=TEXTS, posts=len(posts), processes=len(ports), lost=len(lost),
           doubled=doubled, second_effects=sum(second.values()))  # fmt: skip
    assert answers == {200: len(posts)}
    assert len(posts) > 2 * TEXTS
    assert (lost, doubled, second) == (set(), 0, Counter())
    ended = live.rows("SELECT count(*) FROM task WHERE status = 'completed'")
    assert ended == [(ASKED,)], "each question was answered, by the first copy"


def ask(live: Live) -> None:
    """The first patients are asked something, and the question has reached them."""
    before = live.statuses()
    for n in range(ASKED):
        wish = {"patient_id": live.patient(FIRST + n), "type": "medication_received"}
        assert live.api("POST", "/tasks", wish)[0] == 201
    asked = before["delivered"] + ASKED
    wait_until(lambda: live.statuses()["delivered"] >= asked, seconds=40, what="all are asked")


def words_of(n: int) -> tuple[str, str]:
    """Who texts what: first the answers, then people and numbers of nobody in turns."""
    if n < ASKED:
        return phone(FIRST + n), "1"
    return phone(FIRST + n % ASKED if n % 3 else 500 + n % UNKNOWN), f"text number {n}"


def send(live: Live, share: list[tuple[dict[str, str], int]]) -> list[int]:
    kept = {port: live.connect(port) for _, port in share}
    said = [live.text(form, kept[port]) for form, port in share]
    for connection in kept.values():
        connection.close()
    return said


def second_effects(live: Live) -> Counter[str]:
    """Whatever happened twice because of one text, by kind."""
    found: Counter[str] = Counter()
    for what, statement in EFFECTS.items():
        found[what] = len(live.rows(statement))
    return +found


def test_it_serves_twenty_writers_without_a_locked_database(live: Live, figure: Figure) -> None:
    """W6's burst of 500, as fast as they are taken. How long each waits is printed: it is the machine's."""
    before = live.heard()
    forms = [live.form(phone(50 + n % WRITERS), f"note {n}") for n in range(BURST)]

    def timed(form: dict[str, str]) -> tuple[int, float]:
        began = monotonic()
        return live.text(form), monotonic() - began

    began = monotonic()
    answers = at_once(timed, forms, threads=WRITERS)
    took, rows = monotonic() - began, live.heard() - before
    lost = sum(form["MessageSid"] not in rows for form in forms)
    seconds = sorted(each for _, each in answers)
    p99, most = seconds[ceil(BURST * 0.99) - 1], seconds[-1]
    figure("W6 burst", n=BURST, lost=lost, doubled=rows.total() - len(rows), in_seconds=round(took, 1),
           p99_ms=round(p99 * 1000), most_ms=round(most * 1000))  # fmt: skip
    assert {status for status, _ in answers} == {200}
    assert (lost, rows.total()) == (0, BURST)


@pytest.mark.slow
def test_it_sends_200_messages_while_texts_come_in(live: Live) -> None:
    live.carrier.configure(callbacks="shuffled")
    before, already = live.statuses(), len(live.carrier.accepted())
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
        final = before + Counter(delivered=MESSAGES)
        try:
            wait_until(lambda: live.statuses() == final, seconds=60, what="all are delivered")
        except AssertionError:
            raise AssertionError(live.statuses()) from None
    finally:
        stop.set()
        texting.join()
    assert set(answers) == {200}
    bodies = Counter(row["body"] for row in live.carrier.accepted()[already:])
    assert bodies == {f"Message number {n}": 1 for n in range(MESSAGES)}
    tell(f"n = {MESSAGES} messages, {len(answers)} texts meanwhile: 0 lost, 0 doubled, 0 refused")
