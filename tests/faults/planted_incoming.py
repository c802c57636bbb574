"""Faults somebody could plant in taking texts in: the webhook, its signature, and what it missed."""

from tests.faults.plant import WEBHOOK, Planted

INCOMING = (
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
        "a long time down is forgotten",
        "app/actions/reconcile.py",
        "        return min(self.listed_until or at, at) - OVERLAP\n",
        "        return at - OVERLAP\n",
        ("tests/faults/test_service_down.py",),
    ),
    Planted(
        "what came in while it was down is dated when it was fetched",
        "app/actions/reconcile.py",
        "            received_at=kept.created_at,\n",
        "            received_at=None,\n",
        ("tests/faults/test_service_down.py",),
    ),
    Planted(
        "the beginning of a signature will do",
        "messaging/carriers/signature.py",
        "    given = _bytes(signature)\n",
        "    given = _bytes(signature)\n"
        "    made = [_bytes(sign(u, pairs, token)) for u in _with_and_without_port(url)]\n"
        "    return any(each.startswith(given) for each in made)\n",
        ("tests/faults/test_forged.py",),
    ),
    Planted(
        "a name of a place swallows whatever follows",
        "messaging/carriers/twilio_forms.py",
        '_PLACE: Final = r"([^\\W\\d_]|[ .,\'()/-]){0,60}"\n',
        '_PLACE: Final = r"(?s:.*)"\n',
        ("tests/faults/test_recut.py",),
    ),
    Planted(
        "a held text takes effect though the carrier has none such",
        "app/actions/reconcile.py",
        "        held.refuse(message, at=at)\n",
        "        message.held_reason = None\n",
        ("tests/faults/test_recut.py",),
    ),
    Planted(
        "the port decides whether a signature is right",
        "messaging/carriers/signature.py",
        "    return bare, ported\n",
        "    return (ported,)\n",
        ("tests/faults/test_true_signatures.py",),
    ),
    Planted(
        "a full disk is acknowledged",
        "app/web/webhooks/twilio.py",
        "        _receive(form, fresh=True)  # or the line we remembered is gone: once more from the start\n",
        "        pass\n",
        ("tests/faults/test_disk_full.py", *WEBHOOK),
    ),
    Planted(
        "an office's text goes to a patient who has the number too",
        "app/actions/inbound_people.py",
        "    if rows[0][0].partner_id is not None:",
        "    if False:",
        ("tests/web/test_office_threads.py",),
    ),
    Planted(
        "a made-up report of an e-mail that came back is believed",
        "app/actions/bounces.py",
        "    return row if has_left and _is_theirs(row, bounce) else None\n",
        "    return row if has_left else None\n",
        ("tests/workers/test_bounces.py",),
    ),
)
