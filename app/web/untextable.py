"""Patients who can't be texted today, grouped by why, each with the next step; on the page and as a file."""

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.core.db import transaction
from app.models.event import record
from app.queries import practice_set_up
from app.queries.untextable import Untextable, untextable_all, untextable_page
from app.web.display import is_fragment
from app.web.imports import as_file
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.words import word
from messaging import phone
from messaging.gate_facts import Reason

bp = staff_blueprint("untextable", __name__, url_prefix="/patients/untextable")
bp.before_request(lambda: viewer().check_staff())

SAID_NO = "They said no. Ask again only if they bring it up; reach them by phone or in the portal."
#: What to do next, by reason; {line} is the practice's number.
NEXT_STEPS = {
    Reason.NO_CONSENT: "Ask at the desk or by phone and record their answer, or ask them to text "
    "JOIN to {line}.",
    Reason.NO_NUMBER: "Ask for a mobile number, at the desk or in a letter.",
    Reason.WRONG_NUMBER: "Ask for the right number and correct it in their record.",
    Reason.OFFICE_NUMBER: "It belongs to a referring office. Ask for a mobile number of their own.",
    Reason.LANDLINE: "Call them there, and ask for a mobile number.",
    Reason.NUMBER_SHARED_UNCONFIRMED: "Others use this number too. Ask for this person’s own yes to "
    "texts at it, and record it.",
    Reason.OPTED_OUT: "They texted STOP. If they want texts again, ask them to text START to {line}.",
    Reason.CARRIER_BLOCKED: "Nobody here can lift this. Ask them to text START to {line}.",
    Reason.DO_NOT_CONTACT: "Leave them be. If they ask for contact, change their status first.",
}
COLUMNS = ("mrn", "given_name", "family_name", "birth_date", "language", "phone", "team", "why",
           "next_step")  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    reason, page = chosen(), request.args.get("page", 1, type=int)
    found = untextable_page(viewer(), reason, page=page)
    name = "patients/_untextable.html" if is_fragment() else "patients/untextable.html"
    return render_template(name, found=found, reason=reason, next_step=next_steps())


@bp.get("/file.csv")
def file() -> Response:
    """Everybody of the chosen reason; that it was taken stands in the audit trail."""
    reason, step = chosen(), next_steps()
    with transaction():
        rows = untextable_all(viewer(), reason)
        why = reason.value if reason else "all"
        who = access.user_for(viewer(), str(viewer().id))
        record(who, "untextable.fetched", by=viewer().actor, at=now(), reason=why, rows=len(rows))
    return as_file("cannot-be-texted.csv", COLUMNS, [cells(each, step(each)) for each in rows])


def chosen() -> Reason | None:
    """The reason in the address; None = all of them."""
    given = request.args.get("reason", "")
    return Reason(given) if given in NEXT_STEPS else None


class NextSteps:
    """What to do next for one patient, with the practice's own number in it."""

    def __init__(self, line: str) -> None:
        self.line = line

    def __call__(self, each: Untextable) -> str:
        if each.reason is Reason.NO_CONSENT and each.said_no:
            return SAID_NO
        line = " and to ".join(map(phone.show, each.blocked)) or self.line
        return NEXT_STEPS[each.reason].format(line=line)


def next_steps() -> NextSteps:
    active = [line for line in practice_set_up.lines(viewer()) if line.is_active]
    return NextSteps(phone.show(active[0].number) if active else "the practice’s number")


def cells(each: Untextable, step: str) -> tuple[str, ...]:
    who = each.patient
    return (
        who.mrn, who.given_name, who.family_name, who.birth_date.isoformat(), who.language,
        phone.show(each.number.e164) if each.number else "",
        who.care_team.name if who.care_team else "", word(each.reason, "cannot_text"), step,
    )  # fmt: skip
