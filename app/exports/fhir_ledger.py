"""A row of the ledger as FHIR: a visit is an Encounter, every other contact a Communication, and each has
a Provenance. From the plain fields every other file is made of, so that all of them agree (T4.5)."""

from app.exports.fhir_words import (
    UCUM,
    V3,
    Json,
    clean,
    coding,
    concept,
    extension,
    external,
    own,
    reference,
)
from app.value.commitments import Plain

Row = dict[str, Plain]
MEDIUM = {
    "sms": "SMSWRIT", "portal": "ONLINEWRIT", "phone": "PHONE", "video": "VIDEOCONF", "email": "EMAILWRIT",
    "fax": "FAXWRIT", "letter": "MAILWRIT", "in_person": "PHYSICAL",
}  # fmt: skip
VISITS = {
    "in_person": coding(f"{V3}ActCode", "AMB", "ambulatory"),
    "video": coding(f"{V3}ActCode", "VR", "virtual"),
}
NOT_DONE = "http://terminology.hl7.org/CodeSystem/communication-not-done-reason"
#: Attempts that reached nobody at all.
MISSED = {"no_answer": "recipient-unavailable", "wrong_number": "invalid-phone-number"}
#: What a row knew of the patient at that moment, printed as the ledger has it.
CONTEXT = (
    "payer",
    "member_id",
    "program",
    "subgroup",
    "care_team",
    "setting",
    "sensitivity",
    "goal",
)


def is_visit(row: Row) -> bool:
    """Whether patient and staff met."""
    return (
        row["channel"] in VISITS
        and row["actor_kind"] == "human"
        and row["contact_party"] == "patient"
    )


def contact(row: Row, *, is_corrected: bool) -> Json:
    """The row's Encounter or Communication; its id is the touchpoint's."""
    return (
        encounter(row, is_corrected=is_corrected)
        if is_visit(row)
        else communication(row, is_corrected)
    )


def encounter(row: Row, *, is_corrected: bool) -> Json:
    wrong = is_corrected or row["void_reason"]
    who = [{"individual": reference("Practitioner", row["actor_id"])}] if row["actor_id"] else None
    return clean({
        "resourceType": "Encounter",
        "id": row["touchpoint_id"],
        "extension": _extensions(row),
        "status": "entered-in-error" if wrong else "finished",
        "class": VISITS[str(row["channel"])],
        "type": [own("activity", str(row["activity_type"]))],
        "subject": reference("Patient", row["patient_id"]),
        "participant": who,
        "period": {"start": row["started_at"], "end": row["ended_at"]},
        "serviceProvider": reference("Organization", row["practice_id"]),
    })  # fmt: skip


def communication(row: Row, is_corrected: bool) -> Json:
    inbound = row["direction"] == "inbound"
    medium = MEDIUM.get(str(row["channel"]))
    return clean({
        "resourceType": "Communication",
        "id": row["touchpoint_id"],
        "extension": _extensions(row),
        "about": [reference("Task", each) for each in _listed(row["task_ids"])],
        "status": _status(row, is_corrected),
        "statusReason": _status_reason(row),
        "category": [own("activity", str(row["activity_type"]))],
        "medium": [concept(coding(f"{V3}ParticipationMode", medium))] if medium else None,
        "subject": reference("Patient", row["patient_id"]),
        "sent": None if inbound else row["started_at"],
        "received": row["started_at"] if inbound else None,
        "recipient": [reference("Organization", row["practice_id"]) if inbound else _party(row)],
        "sender": _sender(row),
    })  # fmt: skip


def provenance(row: Row) -> Json:
    """Who entered the row and when; the link of the chain that seals it."""
    who = row["entered_by_id"] or (row["actor_id"] if row["actor_kind"] == "human" else None)
    target = "Encounter" if is_visit(row) else "Communication"
    deed = "NULLIFY" if row["void_reason"] else "CREATE"
    seal = [
        {"url": "seq", "valuePositiveInt": row["seal_seq"]},
        {"url": "hash", "valueString": row["row_hash"]},
    ]
    author = coding("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author")
    return clean({
        "resourceType": "Provenance",
        "id": f"p-{row['touchpoint_id']}",
        "extension": [extension("seal", extension=seal)] if row.get("seal_seq") else None,
        "target": [reference(target, row["touchpoint_id"])],
        "occurredDateTime": row["started_at"],
        "recorded": row["recorded_at"],
        "activity": concept(coding(f"{V3}DataOperation", deed)),
        "agent": [{
            "type": concept(author),
            "who": reference("Practitioner", who) if who else reference("Organization", row["practice_id"]),
        }],
    })  # fmt: skip


def _extensions(row: Row) -> list[Json]:
    """Credited time always, also when it is none; the rest where the ledger has something."""
    spent = {"value": row["seconds"], "unit": "s", "system": UCUM, "code": "s"}
    known = [{"url": name, "valueString": str(row[name])} for name in CONTEXT if row.get(name)]
    made = [extension("entered-time", valueDuration=spent)]
    if row["contact_outcome"]:
        made.append(extension("contact-outcome", valueCode=row["contact_outcome"]))
    if row["supersedes_id"]:
        made.append(extension("supersedes", valueString=row["supersedes_id"]))
    return [*made, extension("context", extension=known)] if known else made


def _status(row: Row, is_corrected: bool) -> str:
    if is_corrected:
        return "entered-in-error"
    return "not-done" if row["void_reason"] or row["contact_outcome"] in MISSED else "completed"


def _status_reason(row: Row) -> Json | None:
    if row["void_reason"]:
        return {"text": row["void_reason"]}
    missed = MISSED.get(str(row["contact_outcome"]))
    return concept(coding(NOT_DONE, missed)) if missed else None


def _party(row: Row) -> Json:
    if row["contact_party"] == "patient":
        return reference("Patient", row["patient_id"])
    return external(str(row["contact_party"]).replace("_", " "))


def _sender(row: Row) -> Json:
    match row["actor_kind"]:
        case "human" if row["actor_id"]:
            return reference("Practitioner", row["actor_id"])
        case "patient":
            return reference("Patient", row["patient_id"])
        case "caregiver" | "partner":
            return external(str(row["actor_kind"]))
        case _:
            return reference("Organization", row["practice_id"])


def _listed(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []
