"""The update for the referring office as a first draft: plain sentences from plain facts. A person reads it,
completes the last line, and approves it before anybody is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

#: The last line, which only a person can complete.
NEXT = "What we do next:"
HOW_KNOWN = {
    "partner_confirmed": "confirmed by the organization",
    "patient_confirmed": "the patient told us",
    "caregiver_confirmed": "a caregiver told us",
    "document": "a document shows it",
    "staff_attested": "our team saw to it",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A milestone: its day, a note, and how it is known."""

    on: date
    note: str = ""
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Days are the practice's local ones. `status` is the referral's state."""

    practice: str
    patient: str
    born: date
    received: date
    reason: str
    status: str
    status_reason: str = ""
    to: str = ""
    contacted: Known | None = None
    #: Texts and calls that tried to reach the patient.
    attempts: int = 0
    scheduled: Known | None = None
    kept: Known | None = None
    outcome: Known | None = None
    report: Known | None = None


def draft(facts: Facts) -> str:
    """The letter, a sentence a line."""
    return "\n".join(_lines(facts))


def is_complete(text: str) -> bool:
    """Whether somebody wrote what comes next (or took that line out)."""
    return bool(text.strip()) and not text.rstrip().endswith(NEXT)


def _lines(facts: Facts) -> Iterator[str]:
    yield f"Dear {facts.to or 'colleagues'},"
    about = sentence(facts.reason) if facts.reason.strip() else ""
    yield (
        f"{facts.patient}, born {facts.born.isoformat()}, was referred to {facts.practice} "
        f"on {day(facts.received)}{': ' + about if about else '.'}"
    )
    if facts.status == "rejected":
        yield f"We found that they are not a fit for our care: {sentence(facts.status_reason)}"
    else:
        yield _contact(facts)
        yield from _steps(facts)
    if facts.status == "on_hold":
        yield f"For now it is on hold: {sentence(facts.status_reason)}"
    if facts.status in ("cancelled", "failed"):
        yield f"We ended our work on it: {sentence(facts.status_reason)}"
    yield f"{NEXT} "


def _contact(facts: Facts) -> str:
    if facts.contacted is not None:
        return f"They have been in touch with our care team since {day(facts.contacted.on)}."
    if facts.attempts:
        times = "once" if facts.attempts == 1 else f"{facts.attempts} times"
        return f"We have tried to reach them {times} and are not in touch yet."
    return "We are not in touch with them yet."


def _steps(facts: Facts) -> Iterator[str]:
    for known, words in (
        (facts.scheduled, "It was scheduled on"),
        (facts.kept, "It was kept on"),
    ):
        if known is not None:
            note = f" ({known.note.strip()})" if known.note.strip() else ""
            yield f"{words} {day(known.on)}{note}{_how(known)}."
    if facts.outcome is not None:
        yield f"What came of it, as of {day(facts.outcome.on)}: {sentence(facts.outcome.note)}"
        if how := _how(facts.outcome).removeprefix("; "):
            yield f"How we know: {how}."
    if facts.report is not None:
        yield f"We received the report on {day(facts.report.on)}."


def _how(known: Known) -> str:
    words = HOW_KNOWN.get(known.evidence or "")
    return f"; {words}" if words else ""


def day(on: date) -> str:
    """March 3, 2026."""
    return f"{on:%B} {on.day}, {on.year}"


def sentence(text: str) -> str:
    words = text.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
