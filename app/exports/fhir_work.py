"""Tasks, referrals and consents as FHIR resources, each from one record. What staff wrote in their own
words leaves only where the receiver may have it (`named`)."""

from datetime import datetime
from uuid import UUID

from app.exports.fhir_words import (
    WITHHELD,
    Json,
    clean,
    coding,
    concept,
    extension,
    external,
    own,
    reference,
)
from app.models.consent import Consent, ConsentDecision
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.task import Task, TaskStatus
from app.queries.ledger import utc_text

REQUESTED = {
    ReferralStatus.COMPLETED: "completed", ReferralStatus.ON_HOLD: "on-hold",
    ReferralStatus.REJECTED: "revoked", ReferralStatus.CANCELLED: "revoked",
    ReferralStatus.FAILED: "revoked", ReferralStatus.ENTERED_IN_ERROR: "entered-in-error",
}  # fmt: skip
CONSENTED = {
    ConsentDecision.GIVEN: ("active", "permit", "OPTIN"),
    ConsentDecision.WITHDRAWN: ("inactive", "deny", "OPTOUT"),
    ConsentDecision.DECLINED: ("rejected", "deny", "OPTOUT"),
}
#: Statuses that owe a reason (Gravity's referral Task; ours always gives one).
REASONED = (TaskStatus.REJECTED, TaskStatus.CANCELLED, TaskStatus.ON_HOLD, TaskStatus.FAILED)


def task(row: Task, *, named: bool, owned: bool = True) -> Json:
    """A follow-up. One of a referral is its fulfilment, as in the Gravity guide's referral Task. `owned`:
    whether it says who has it."""
    referred = reference("ServiceRequest", row.referral_id) if row.referral_id else None
    fulfil = [coding("http://hl7.org/fhir/CodeSystem/task-code", "fulfill")] if referred else []
    return clean({
        "resourceType": "Task",
        "id": str(row.id),
        "basedOn": [referred] if referred else None,
        "status": row.status.value.replace("_", "-"),
        "statusReason": _reason(row, named) if row.status in REASONED else None,
        "intent": "order",
        "priority": "routine" if row.priority == "routine" else "urgent",
        "code": concept(*fulfil, own("task-type", row.type.value)["coding"][0]),
        "focus": referred,
        "for": reference("Patient", row.patient_id),
        "executionPeriod": _period(row.created_at, row.completed_at),
        "authoredOn": utc_text(row.created_at),
        "lastModified": utc_text(max(row.updated_at, row.created_at)),
        "requester": reference("Organization", row.practice_id),
        "owner": reference("Practitioner", row.owner_id) if row.owner_id and owned else None,
        "restriction": {"period": {"end": utc_text(row.due_at)}},
        "output": _output(row),
    })  # fmt: skip


def _reason(row: Task, named: bool) -> Json:
    text = row.status_reason if named else None
    return own("task-reason", row.outcome or row.status.value, text or WITHHELD)


def _output(row: Task) -> list[Json]:
    found = (("outcome", row.outcome), ("evidence", row.evidence and row.evidence.value))
    return [
        {"type": own("task-output", name), "valueCodeableConcept": own(f"task-{name}", value)}
        for name, value in found
        if value
    ]


def service_request(row: Referral) -> Json:
    asked_by = reference("Organization", row.referrer_id) if row.referrer_id else None
    if asked_by is None and row.referred_by:
        asked_by = external(row.referred_by)
    return clean({
        "resourceType": "ServiceRequest",
        "id": str(row.id),
        "status": REQUESTED.get(row.status, "active"),
        "intent": "order",
        "code": own("service", "referral", "Referral"),
        "subject": reference("Patient", row.patient_id),
        "authoredOn": utc_text(row.received_at),
        "requester": asked_by,
        "performer": [reference("Organization", row.practice_id)],
    })  # fmt: skip


def consent(row: Consent, *, patient_id: UUID | None) -> Json:
    """One decision; the newest of a patient decides. The wording shown stays in the practice. One about
    a number has an id per person who uses it."""
    own_id = str(row.id) if row.patient_id else f"{row.id}.{str(patient_id)[-12:]}"
    status, kind, policy = CONSENTED[row.decision]
    scope = coding("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")
    return clean({
        "resourceType": "Consent",
        "id": own_id,
        "extension": [extension("consent-how", valueCode=row.how.value),
                      extension("consent-channel", valueCode=row.channel)],
        "status": status,
        "scope": concept(scope),
        "category": [own("consent-purpose", row.purpose)],
        "patient": reference("Patient", patient_id),
        "dateTime": utc_text(row.decided_at),
        "organization": [reference("Organization", row.practice_id)],
        "policyRule": concept(coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", policy)),
        "provision": {"type": kind, "period": _period(row.decided_at, None)},
    })  # fmt: skip


def _period(start: datetime, end: datetime | None) -> Json:
    return clean({"start": utc_text(start), "end": utc_text(end) if end and end >= start else None})
