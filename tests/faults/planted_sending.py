"""Faults somebody could plant in sending: claims, attempts, doubts, reports and opt-outs."""

from tests.faults.plant import OUTBOX, SETTLE, WORKER, Planted

SENDING = (
    Planted(
        "a claim's epoch is not asked for",
        "app/actions/outbox_attempt.py",
        "            Message.claim_epoch == claim.epoch,\n",
        "",
        (*OUTBOX, *SETTLE),
    ),
    Planted(
        "the attempt is committed after the request left",
        "workers/requests.py",
        "            leaving = outbox_attempt.start_attempts(group, at=began_at())\n",
        "            leaving = outbox_attempt.start_attempts(group, at=began_at())\n"
        "            _ = [claim.carrier.send(claim.outgoing) for claim in leaving]\n",
        WORKER,
    ),
    Planted(
        "a process that stood still sends all the same",
        "workers/requests.py",
        "        return running_seconds() - began <= STOOD_STILL\n",
        "        return True\n",
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
        "app/actions/outbox_attempt.py",
        "if not together.still_wanted(message, at=at):",
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
        "a report without a code erases the code",
        "messaging/delivery.py",
        "    return current if reported is None else reported\n",
        "    return reported\n",
        ("tests/faults/test_reports_shuffled.py",),
    ),
    Planted(
        "a report before the answer is not heard",
        "app/actions/delivery.py",
        "        return not is_anothers(message, report.provider_id)\n    if message.provider_id ==",
        "        return False\n    if message.provider_id ==",
        ("tests/faults/test_reports_shuffled.py",),
    ),
)
