"""Faults that somebody could plant in good faith, as data: where, what is replaced by what, and the tests to
turn red. `make planted` plants each in a copy of the tree and says which test caught it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """`old` stands exactly once in `path`. `tests` are asked, in order, until one is red."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


OUTBOX = ("tests/actions/test_outbox.py", "tests/actions/test_outbox_attempt.py")
SETTLE = ("tests/actions/test_outbox_settle.py", "tests/actions/test_doubts.py")
WORKER = ("tests/workers/test_outbox.py", "tests/workers/test_outbox_races.py")
WEBHOOK = ("tests/web/webhooks",)
GATE = ("tests/messaging/test_gate.py", "tests/messaging/test_gate_waits.py")

FAULTS = (
    Planted(
        "the carrier's id is not unique",
        "migrations/versions/0001_first_schema.py",
        '            "practice_id", "provider_id", name=op.f("uq_message_practice_id_provider_id")',
        '            "practice_id", "id", "provider_id", name=op.f("uq_message_practice_id_provider_id")',
        (*WEBHOOK, "tests/migrations"),
    ),
    Planted(
        "a repeated text is taken as a new one",
        "app/actions/inbound_rows.py",
        ".on_conflict_do_nothing()",
        "",
        WEBHOOK,
    ),
    Planted(
        "a text is acknowledged though it was not stored",
        "app/web/webhooks/line_door.py",
        'return Response("try again later", 503,',
        'return Response("<Response/>", 200,',
        WEBHOOK,
    ),
    Planted(
        "a signature is not checked",
        "messaging/carriers/signature.py",
        "    return any(matches)\n",
        "    return bool(matches)\n",
        WEBHOOK,
    ),
    Planted(
        "an odd key does not hold a text",
        "app/actions/inbound.py",
        "    if incoming.unknown_keys:\n",
        "    if False:\n",
        ("tests/actions/test_held.py", *WEBHOOK),
    ),
    Planted(
        "a claim's epoch is not asked for",
        "app/actions/outbox.py",
        "            Message.claim_epoch == claim.epoch,\n        )\n        .with_for_update(of=Message)",
        "        )\n        .with_for_update(of=Message)",
        (*OUTBOX, *SETTLE),
    ),
    Planted(
        "the attempt is committed after the request left",
        "workers/outbox.py",
        "                leaves = outbox.start_attempt(claim, at=db_now())\n",
        "                leaves = outbox.start_attempt(claim, at=db_now())\n"
        "                outcome = claim.carrier.send(claim.outgoing) if leaves else None\n",
        WORKER,
    ),
    Planted(
        "a process that stood still sends all the same",
        "workers/outbox.py",
        "    if time.monotonic() - began > STOOD_STILL:\n",
        "    if False:\n",
        ("tests/faults/test_stopped_sender.py",),
    ),
    Planted(
        "the gate is not asked again in the claim",
        "app/actions/outbox.py",
        "    if verdict.decision is Decision.WITHHELD:\n",
        "    if False:\n",
        OUTBOX,
    ),
    Planted(
        "a STOP between claim and request is not heard",
        "app/actions/outbox.py",
        "if not send_facts.still_wanted(message, at=at):",
        "if False:",
        OUTBOX,
    ),
    Planted(
        "a text in doubt is sent again at once",
        "app/actions/outbox_settle.py",
        "        doubt(message, at=at)\n",
        "        requeue(message, at=at, due_at=at)\n",
        SETTLE,
    ),
    Planted(
        "a text in doubt is repeated without end",
        "app/actions/doubts.py",
        "or 0) <= 1",
        "or 0) <= 100",
        SETTLE,
    ),
    Planted(
        "what a person wrote is repeated too",
        "messaging/repeats.py",
        "return automated and purpose in _FOLLOW_UPS",
        "return True",
        ("tests/messaging/test_repeats.py",),
    ),
    Planted(
        "another text's id settles a doubt",
        "app/actions/delivery.py",
        "return db.session.scalar(union_all(texts, tries).limit(1)) is not None",
        "return False",
        SETTLE,
    ),
    Planted(
        "a lapsed lease with an attempt is queued again",
        "app/actions/outbox_queue.py",
        "    if tried is not None:\n",
        "    if False:\n",
        (*OUTBOX, *SETTLE),
    ),
    Planted(
        "two texts to one number leave at once",
        "app/actions/outbox_queue.py",
        "            ~exists().where(same_way),\n",
        "",
        (*OUTBOX, "tests/actions/test_outbox_in_flight.py"),
    ),
    Planted(
        "a state moves backwards",
        "messaging/delivery.py",
        "return reported if _RANK[reported] > _RANK[current] else current",
        "return reported",
        ("tests/messaging/test_delivery.py", "tests/actions/test_delivery.py"),
    ),
    Planted(
        "a STOP leaves queued texts in the queue",
        "app/actions/consents.py",
        "        if message.move(MessageStatus.CANCELLED, at=at)\n",
        "        if False\n",
        ("tests/actions/test_consents.py", "tests/actions/test_inbound_keywords.py"),
    ),
    Planted(
        "a file lifts an opt-out",
        "app/actions/consents.py",
        "SECOND_HAND = (ConsentHow.IMPORT, ConsentHow.API)",
        "SECOND_HAND = ()",
        ("tests/actions/test_consents.py", "tests/actions/test_imports.py"),
    ),
    Planted(
        "quiet hours are read where the practice is",
        "app/actions/send_places.py",
        "return QuietRule(window, zones_for(patient, number))",
        "return QuietRule(window, (practice.time_zone,))",
        ("tests/actions/test_send_facts.py",),
    ),
    Planted(
        "the last minute of the day is one too many",
        "messaging/quiet_hours.py",
        "return opened_today and window.opens <= now < window.closes",
        "return opened_today and window.opens <= now <= window.closes",
        ("tests/messaging/test_quiet_hours.py",),
    ),
    Planted(
        "a jump of the clock is not looked at",
        "messaging/quiet_hours.py",
        "        if jump is not None:\n",
        "        if False:\n",
        ("tests/faults/test_calendar.py",),
    ),
    Planted(
        "the cap on automatic texts is not kept",
        "messaging/gate.py",
        "    if not facts.automated or not reached:\n",
        "    if True:\n",
        (*GATE, "tests/actions/test_send_facts.py"),
    ),
    Planted(
        "a line's pace is not kept",
        "app/actions/line_pace.py",
        "        line.free_at = free_after(slot, segments, line.segments_per_second * share)\n",
        "        line.free_at = slot\n",
        ("tests/actions/test_line_pace.py",),
    ),
    Planted(
        "a deadline is stepped though it is not due",
        "app/actions/ladder.py",
        "            Task.next_step_at <= at,\n",
        "",
        ("tests/workers/test_deadlines.py", "tests/actions/test_ladder.py"),
    ),
    Planted(
        "one practice sees another's patients",
        "app/access.py",
        "    mine = Patient.practice_id == viewer.practice_id\n",
        "    mine = Patient.id.is_not(None)\n",
        ("tests/test_access.py",),
    ),
)
