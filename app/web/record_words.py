"""More words for codes: patients' statuses and what they stop, consents, referrals, ledger rows and long
work. They join the one table of `app.web.words`."""

from flask import Flask

from app.web.words import WORDS

RECORD_WORDS: dict[str, dict[str, str]] = {
    "patient_status": {
        "active": "Active",
        "deceased": "Deceased",
        "admitted": "Admitted",
        "hospice": "In hospice",
        "left_practice": "Left the practice",
        "do_not_contact": "Do not contact",
    },
    "language": {"en": "English", "es": "Spanish"},
    "consent": {
        "given": "Given",
        "withdrawn": "Withdrawn",
        "declined": "Declined",
        "unknown": "Not asked yet",
    },
    "consent_how": {
        "desk": "At the desk",
        "phone": "By phone",
        "portal": "In the portal",
        "text": "By text",
        "import": "From a panel file",
        "api": "From another system",
        "carrier": "From the carrier",
    },
    "number_state": {"ok": "Works", "landline": "A landline: no texts", "bad": "Wrong number"},
    "cannot_text": {
        "no_consent": "No consent",
        "no_number": "No number",
        "wrong_number": "Wrong number",
        "landline": "Landline",
        "number_shared_unconfirmed": "Shared number",
        "opted_out": "Texted STOP",
        "carrier_blocked": "Blocked by the phone company",
        "do_not_contact": "Do not contact",
    },
    "setting": {"home": "At home", "inpatient": "In hospital", "snf": "In a nursing facility"},
    "referral": {
        "received": "Not in touch yet",
        "connected": "In touch, PCP not told",
        "pcp_told": "PCP told",
        "closed": "Closed",
        "cancelled": "Cancelled",
    },
    "how": {
        "phone": "Phone",
        "in_person": "In person",
        "fax": "Fax",
        "email": "E-mail",
        "letter": "Letter",
    },
    "run": {"waiting": "Waiting", "running": "Working", "done": "Done", "failed": "Broke off"},
    "activity": {
        "message_received": "Message received",
        "message_sent": "Message sent",
        "care_coordination": "Care coordination",
        "medication_follow_up": "Medication follow-up",
        "appointment_follow_up": "Appointment follow-up",
        "referral_follow_up": "Referral follow-up",
        "pcp_update": "Update to the PCP",
        "call": "Call",
    },
    "touch_channel": {
        "sms": "Text",
        "portal": "Portal",
        "phone": "Phone",
        "fax": "Fax",
        "email": "E-mail",
        "letter": "Letter",
        "in_person": "In person",
    },
    "touch_outcome": {
        "sent": "Sent",
        "reached": "Reached",
        "left_message": "Left a message",
        "no_answer": "No answer",
        "wrong_number": "Wrong number",
        "declined": "Declined",
        "put_through": "Put through to the practice",
        "closed": "Called while we were closed",
        "no_phone": "Called, no phone to put them through to",
    },
    "urgent": {
        "chest": "chest or heart",
        "breath": "breathing",
        "self_harm": "harming themselves",
        "stroke": "a stroke, a fit or fainting",
        "bleeding": "bleeding",
        "poison": "an overdose or a reaction",
        "birth": "a birth",
        "violence": "violence",
        "emergency": "an emergency",
    },
    "incoming_call": {
        "closed": "We were closed",
        "no_phone": "The practice has no phone in Settings to put calls through to",
        "answered": "Answered",
        "no_answer": "Put through, nobody answered",
        "busy": "Put through, the phone was busy",
        "failed": "The practice's phone could not be reached: check its number in Settings",
        "ringing": "Put through to the practice's phone",
    },
    "touch_actor": {
        "human": "Staff",
        "system": "Automatic",
        "patient": "Patient",
        "caregiver": "Caregiver",
        "partner": "Partner",
    },
    "minutes_source": {
        "timer": "Timer",
        "manual": "Typed in",
        "imported": "Imported",
        "none": "No minutes",
    },
    "message_status": {
        "queued": "Waiting",
        "sending": "Leaving",
        "sent": "Sent",
        "delivered": "Delivered",
        "failed": "Not delivered",
        "withheld": "Not sent",
        "cancelled": "Taken back",
        "expired": "Too late",
        "in_doubt": "Unclear",
        "received": "Received",
    },
}  # fmt: skip


def register(_app: Flask) -> None:
    WORDS.update(RECORD_WORDS)
