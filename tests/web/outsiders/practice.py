"""The ledger, exports, imports and settings: who may see the practice's whole, and who may change it."""

import tempfile
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from app.actions import (
    exports,
    imports,
    lists,
    practice_languages,
    protocol_changes,
    tokens,
    wording_versions,
)
from app.actions.list_plan import Plan
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.known_wording import shipped_wordings
from app.models.practice import Line
from app.models.run import RunStatus
from app.models.task import TaskType
from tests.own_protocols import changed
from tests.web.outsider_cases import record, roles, staff
from tests.wordings import use_words
from tests.world import World


def make_export(world: World) -> UUID:
    """A finished export with its files."""
    folder = Path(tempfile.mkdtemp())
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    day, made = date(2026, 3, 1), {"rows": 0, "files": [], "as_of_seq": 0, "key": "of nobody"}
    with transaction():
        run = exports.request(
            world.practice, from_on=day, to_on=day, file_format="csv", by=world.viewer(world.lea),
            at=db_now(),
        )  # fmt: skip
        run.status, run.path, run.manifest = RunStatus.DONE, str(folder), made
    return run.id


def make_import(world: World) -> UUID:
    with transaction():
        return imports.ask(
            world.practice, "panel.csv", None, by=world.viewer(world.lea).actor, at=db_now()
        ).id


def make_own_wording(world: World) -> str:
    """A wording the practice wrote itself; its key stands in the address."""
    with transaction():
        use_words(world.practice, "reply.ride", "en", "We can help with a ride.", at=db_now())
    return "reply.ride"


def make_added_language(world: World) -> str:
    """A language beside English and Spanish; its tag stands in the address."""
    with transaction():
        practice = db.session.merge(world.practice)
        practice_languages.add(practice, "uk", by=world.system.actor, at=db_now())
    return "uk"


def make_draft(world: World) -> UUID:
    """Words somebody wrote and nobody approved yet."""
    with transaction():
        return wording_versions.draft(
            world.practice, shipped_wordings()["reply.ride"], "en", "We can drive you.",
            by=world.system, at=db_now(),
        ).id  # fmt: skip


def make_older_wording(world: World) -> UUID:
    """An approved version that is not in force any more."""
    with transaction():
        row = use_words(world.practice, "reply.ride", "en", "We can help.", at=db_now())
        use_words(world.practice, "reply.ride", "en", "We can help with a ride.", at=db_now())
    return row.id


def make_own_protocol(world: World) -> str:
    """A practice's second version of a protocol: there is an earlier one to go back to."""
    definition = changed(TaskType.NO_SHOW, due=FORM_DUE)
    with transaction():
        protocol_changes.save(
            world.practice.id, definition, based_on=1, why="Slower", by=world.viewer(world.lea),
            at=db_now(),
        )  # fmt: skip
    return "1"


def make_waiting_protocol(world: World) -> str:
    """A version of Lea's with other words for patients."""
    definition = changed(TaskType.NO_SHOW, label={"en": "a new day", "es": "otro día"})
    with transaction():
        made = protocol_changes.save(
            world.practice.id, definition, based_on=1, why="Plainer", by=world.viewer(world.lea),
            at=db_now(),
        )  # fmt: skip
    return str(made.version)


FORM_DUE = {"rule": "business_days", "days": 5, "counted_from": "created"}


def make_token(world: World) -> UUID:
    with transaction():
        actor = world.system.actor
        return tokens.create(world.practice, "EHR", ["tasks:read"], by=actor, at=db_now())[0].id


def make_stopped_line(world: World) -> UUID:
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id))
        line.stopped_until, line.stopped_why = db_now() + timedelta(hours=1), "queue_full"
    return line.id


def make_list(world: World) -> UUID:
    """A list of Rosa alone that somebody has stopped already: it can be stopped and sent on."""
    with transaction():
        row, _ = lists.start(
            world.practice, Plan({"en": LIST_WORDS, "es": LIST_WORDS}), [world.rosa.id],
            audience={"words": "Everyone", "args": {}}, key="outsiders",
            by=world.viewer(world.lea).actor, at=db_now(),
        )  # fmt: skip
        lists.stop(row, by=world.system.actor, at=db_now())
    return row.id


LIST_WORDS = "Hello {patient_first_name}, this is {practice_name}, {practice_phone}."
RECORDS = {
    "list": make_list,
    "export": make_export,
    "line": make_stopped_line,
    "import": make_import,
    "own_wording": make_own_wording,
    "own_protocol": make_own_protocol,
    "waiting_protocol": make_waiting_protocol,
    "draft": make_draft,
    "added_language": make_added_language,
    "older_wording": make_older_wording,
    "token": make_token,
}
MARCH = {"from": "2026-03-01", "to": "2026-03-31", "format": "csv"}

CASES = {
    "months.index": roles("lea"),
    "months.page": roles("lea", month="2026-03"),
    "months.rows": staff(month="2026-03", line="unattested"),
    "months.close": roles("lea", month="2026-01"),
    "months.make_file": roles("lea", month="2026-01"),
    "months.reopen": roles("adam", month="2026-01"),
    "vouching.attest": staff(data={}),
    "vouching.approve": staff(data={}),
    "vouching.unattest": staff(data={}),
    "vouching.unapprove": staff(data={}),
    "reports.page": staff(),
    "reports.detail": record(touchpoint_id="call"),
    "corrections.new": record(touchpoint_id="call"),
    "corrections.create": record(touchpoint_id="call", data={"reason": "x", "nothing": "yes"}),
    "reports.attest": record(touchpoint_id="call"),
    "reports.approve": record(touchpoint_id="call", insider="lea"),
    "measures.index": staff(),
    "measures.page": staff(key="medication-received"),
    "measures.cases": staff(key="medication-received"),
    "exports.index": roles("anton"),
    "exports.create": roles("anton", data=MARCH),
    "exports.page": record(run_id="export", insider="lea", outsiders=("cara",)),
    "exports.check": record(run_id="export", insider="lea", outsiders=("cara",)),
    "exports.whole": record(run_id="export", insider="lea", outsiders=("cara",)),
    "exports.file": record(
        run_id="export", name="manifest.json", insider="lea", outsiders=("cara",)
    ),
    "imports.index": roles("lea"),
    "imports.create": roles("lea"),
    "imports.page": record(run_id="import", insider="lea", outsiders=("cara",)),
    "imports.approve": record(run_id="import", insider="lea", outsiders=("cara",)),
    "imports.refuse": record(run_id="import", insider="lea", outsiders=("cara",)),
    "imports.resume": record(run_id="import", insider="lea", outsiders=("cara",)),
    "imports.undo": record(run_id="import", insider="lea", outsiders=("cara",)),
    "imports.problems": record(run_id="import", insider="lea", outsiders=("cara",)),
    "imports.template": roles("lea"),
    "lists.index": roles("lea"),
    "lists.new": roles("adam"),
    "lists.people": roles("lea"),
    "lists.check": roles("lea", language="en", data={"words_en": LIST_WORDS}),
    "lists.preview": roles("lea", data={"words_en": LIST_WORDS}),
    "lists.reads": roles("lea", data={"words_en": LIST_WORDS, "who": "@patient"}),
    "lists.create": roles("lea", data={"words_en": LIST_WORDS}),
    "lists.page": record(list_id="list", insider="lea", outsiders=("cara",)),
    "lists.stop": record(list_id="list", insider="lea", outsiders=("cara",)),
    "lists.resume": record(list_id="list", insider="lea", outsiders=("cara",)),
    "settings.page": staff(),
    "settings.protocol_pages": staff(),
    "settings.edit": roles("lea"),
    "settings.update": roles("lea", data={"name": "Harbor", "time_zone": "America/Los_Angeles"}),
    "settings.resume": roles("lea"),
    "settings.pause": roles("adam"),
    "settings.resume_line": roles("lea", line_id="line"),
    "settings_changes.page": roles("lea"),
    "settings_changes.file": roles("adam"),
    "closed_days.page": staff(),
    "closed_days.create": roles("lea", data={"day": "2026-12-24", "name": "Christmas Eve"}),
    "closed_days.copy": roles("lea"),
    "closed_days.settle": roles("lea", data={"subdivision": "OR"}),
    "closed_days.keep_public": roles("lea", data={"name": "Columbus Day", "keeps": "no"}),
    "closed_days.delete": roles("lea", day="2026-12-24"),
    "protocol_settings.versions": staff(kind="no_show"),
    "protocol_settings.version": staff(kind="no_show", version="1"),
    "protocol_settings.edit": roles("lea", kind="no_show"),
    "protocol_settings.update": roles("adam", kind="no_show", data={"do": "add", "version": "1"}),
    "protocol_settings.restore": roles("lea", kind="no_show", version="own_protocol"),
    "protocol_wordings.edit": roles("lea", kind="no_show"),
    "protocol_wordings.update": roles("lea", kind="no_show", data={"version": "1"}),
    "protocol_wordings.preview": roles("lea", kind="no_show"),
    "protocol_wordings.approve": roles("adam", kind="no_show", version="waiting_protocol"),
    "protocol_wordings.refuse": roles(
        "lea", kind="no_show", version="waiting_protocol", data={"reason": "Too long"}
    ),
    "protocol_dry_runs.create": roles("lea", kind="no_show", data={"due_days": "x"}),
    "line_settings.edit": roles("lea", line_id="line"),
    "line_settings.update": roles(
        "adam", line_id="line", data={"segments_per_second": "1", "stop_owner": "us"}
    ),
    "line_accounts.form": roles("adam"),
    "line_accounts.add": roles("adam", data={"number": "+15035550177"}),
    "line_accounts.edit": roles("adam", line_id="line"),
    "line_accounts.update": roles("adam", line_id="line", data={"number": "+15035550100"}),
    "line_accounts.switch_off": roles("adam", line_id="line"),
    "line_accounts.switch_on": roles("adam", line_id="line"),
    "tokens.index": roles("adam"),
    "tokens.create": roles("adam", data={"name": "EHR", "scope": "tasks:read"}),
    "tokens.revoke": roles("adam", token_id="token"),
}
