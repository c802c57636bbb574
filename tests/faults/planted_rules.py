"""Faults somebody could plant in the rules: who may be texted when, what is due, who sees what."""

from tests.faults.plant import GATE, Planted

RULES = (
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
        "app/actions/ladder_due.py",
        "            Task.next_step_at <= at,\n",
        "",
        ("tests/workers/test_deadlines.py", "tests/actions/test_ladder.py"),
    ),
    Planted(
        "a lease is taken while another holds it",
        "workers/lease.py",
        "            where=None if self._alone else WorkerLease.__table__.c.lease_until <= at,\n",
        "            where=None,\n",
        ("tests/faults/test_two_leaders.py", "tests/workers/test_lease.py"),
    ),
    Planted(
        "the consent ledger may be changed",
        "migrations/versions/0002_append_only.py",
        '    "consent",\n',
        "",
        ("tests/faults/test_append_only.py",),
    ),
    Planted(
        "the ledger may be changed",
        "migrations/versions/0040_retention.py",
        "            _refuse(table)\n    _refuse(STUB)\n",
        "            pass\n    _refuse(STUB)\n",  # SQLite has made the table anew
        ("tests/faults/test_append_only.py",),
    ),
    Planted(
        "one practice sees another's patients",
        "app/access.py",
        "    mine = and_(Patient.practice_id == viewer.practice_id, is_one)\n",
        "    mine = is_one\n",
        ("tests/test_access.py",),
    ),
    Planted(
        "the writer of words for patients approves them",
        "app/actions/protocol_approvals.py",
        "    if not may_approve(version, by):\n",
        "    if False:\n",
        ("tests/web/test_protocol_wordings.py",),
    ),
)
