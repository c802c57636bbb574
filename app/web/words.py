"""The words staff read for what records hold as codes: types, statuses, needs, outcomes, evidence,
barriers, channels, roles. An unknown code is shown as its own words rather than hidden."""

from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "type": {
        "medication_received": "Medication",
        "appointment_kept": "Appointment",
        "referral_follow_up": "Referral",
    },
    "question": {
        "medication_received": "Did the medication arrive?",
        "appointment_kept": "Was the appointment kept?",
        "referral_follow_up": "Followed up within a week?",
    },
    "status": {
        "requested": "To do",
        "accepted": "To do",
        "in_progress": "In progress",
        "on_hold": "On hold",
        "completed": "Done",
        "cancelled": "Cancelled",
        "rejected": "Rejected",
        "failed": "Not reached",
        "entered_in_error": "Entered in error",
    },
    "needs": {
        "call": "Call the patient",
        "review_reply": "Read the reply",
        "solve_barrier": "Help with what is in the way",
        "other_channel": "Find another way to reach them",
        "update_pcp": "Tell the referring PCP",
        "lead_decision": "A lead decides",
    },
    "evidence": {
        "partner_confirmed": "Partner confirmed it",
        "patient_confirmed": "Patient confirmed it",
        "caregiver_confirmed": "Caregiver confirmed it",
        "document": "A document shows it",
        "staff_attested": "I saw to it myself",
        "not_verified": "Could not be verified",
    },
    "outcome": {
        "received": "Received",
        "kept": "Kept",
        "connected": "In touch",
        "pcp_told": "PCP told",
        "missed": "Missed",
        "not_received": "Did not arrive",
        "not_needed": "Not needed any more",
        "unreachable": "Could not be reached",
        "moved": "Moved to another day",
    },
    "call": {
        "reached": "Reached",
        "left_message": "Left a message",
        "no_answer": "No answer",
        "wrong_number": "Wrong number",
        "declined": "Did not want to talk",
    },
    "priority": {"routine": "Routine", "urgent": "Urgent"},
    "channel": {"sms": "Text", "portal": "Portal", "phone": "Phone"},
    "role": {
        "navigator": "Navigator",
        "clinician": "Clinician",
        "lead": "Lead",
        "admin": "Admin",
        "analyst": "Analyst",
    },
    "icon": {
        "medication_received": "pill",
        "appointment_kept": "calendar-event",
        "referral_follow_up": "heart-handshake",
        "call": "phone-call",
        "review_reply": "message-2",
        "solve_barrier": "hand-stop",
        "other_channel": "device-mobile",
        "update_pcp": "stethoscope",
        "lead_decision": "flag",
    },
}


def word(value: Any, kind: str) -> str:
    """The words for a code, e.g. word("call", "needs")."""
    if value is None:
        return ""
    code = str(getattr(value, "value", value))
    return WORDS.get(kind, {}).get(code) or code.replace("_", " ").capitalize()


def icon(value: Any) -> str:
    """Name of the icon that stands for a code."""
    return WORDS["icon"].get(str(getattr(value, "value", value)), "info-circle")
