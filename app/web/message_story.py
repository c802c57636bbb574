"""The page that answers "why was this sent, or why was it not?" for one of our messages, and what became of
one that came in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import message_labels
from app.core.db import transaction
from app.models.message_verdict import MessageVerdict
from app.queries.message_story import message_story
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from messaging.gate import Verdict

bp = staff_blueprint("message_story", __name__, url_prefix="/messages/<uuid:message_id>")
bp.before_request(lambda: viewer().check_staff())

NUMBER_STATES = {"ok": "usable", "landline": "a landline", "bad": "wrong", "missing": "none known",
                 "office": "a referring office's"}  # fmt: skip
CONSENTS = {"given": "given", "withdrawn": "withdrawn", "unknown": "nothing recorded"}


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(answer_of)
    app.add_template_filter(told_words)


@bp.get("/why")
def page(message_id: UUID) -> str:
    story = message_story(viewer(), message_id)
    page_ = "messages/received.html" if story.message.is_inbound else "messages/why.html"
    return render_template(page_, story=story)


@bp.route("/label", methods=["POST", "PUT"])
def label(message_id: UUID) -> Response:
    """Handle it with care, or like everything else again."""
    with transaction():
        message = access.message_for(viewer(), message_id)
        changed = message_labels.label(
            message, sensitivity=request.form.get("sensitivity"), by=viewer().actor, at=now()
        )
    then = url_for("inbox.one", conversation_id=message.conversation_id)
    return done("Saved." if changed else "Nothing changed.", then=then)


def answer_of(row: MessageVerdict) -> Verdict:
    """The stored answer, to be explained."""
    return Verdict.from_json(row.verdict)


def told_words(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the gate was told, as pairs of a name and words; only what could have decided."""
    told = [("Patient", str(facts["patient_status"]).replace("_", " "))]
    if facts["channel"] == "sms":
        told += [
            ("Consent for this purpose", CONSENTS.get(facts["consent"], facts["consent"])),
            ("Number", NUMBER_STATES.get(facts["number_state"], facts["number_state"])),
            ("STOP on this number", _yes(facts["number_opted_out"])),
            ("Blocked by the phone company", _yes(facts["carrier_blocked"])),
            ("Texts may leave", _hours(facts["quiet"])),
        ]
    if facts["preferred"]:
        told.append(("Time of day they chose", _hours(facts["preferred"])))
    if facts["automated"]:
        told += [
            ("Automatic texts paused", _yes(facts["automation_paused"])),
            ("Automatic texts in 24 hours", f"{facts['sent_last_24h']} of {facts['cap_day']}"),
            ("Automatic texts in 7 days", f"{facts['sent_last_7d']} of {facts['cap_week']}"),
            ("Practice open", _hours(facts["practice_open"])),
        ]
    if facts["solicited"]:
        told.append(("Answers what they just did", "yes: hours and limits do not hold it back"))
    return told


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _hours(rule: Mapping[str, Any] | None) -> str:
    if not rule:
        return "always"
    windows = dict.fromkeys(f"{each['opens']}–{each['closes']}" for each in rule["windows"])
    words = ", ".join("all day" if each == "00:00–00:00" else each for each in windows)
    return f"{words or 'never'} ({', '.join(rule['zones'])})"
