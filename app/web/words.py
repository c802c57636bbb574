"""The words staff read for what records hold as codes: types, statuses, needs, outcomes, evidence,
barriers, channels, roles. An unknown code is shown as its own words rather than hidden."""

from collections.abc import Iterable
from typing import Any

WORDS: dict[str, dict[str, str]] = {
    "type": {
        "medication_received": "Medication",
        "appointment_kept": "Appointment",
        "referral_follow_up": "Referral",
        "hospital_discharge": "Discharge",
        "no_show": "No-show",
    },
    "question": {
        "medication_received": "Did the medication arrive?",
        "appointment_kept": "Was the appointment kept?",
        "referral_follow_up": "Followed up within a week?",
        "hospital_discharge": "Reached after the hospital?",
        "no_show": "New day after a missed visit?",
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
        "call_caregiver": "Call the caregiver",
        "ask_partner": "Ask the partner",
        "review_reply": "Read the reply",
        "solve_barrier": "Help with what is in the way",
        "other_channel": "Find another way to reach them",
        "update_pcp": "Tell the referring PCP",
        "settle": "They disagree: find out",
        "fix_address": "Their e-mail address does not work",
        "next_step": "The next step of a referral",
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
        "contacted": "Contact made",
        "attempted": "Not reached, attempts on record",
        "not_reached": "Not reached",
        "readmitted": "Back in the hospital",
        "rebooked": "New day found",
        "declined": "Did not want one",
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
        "front_desk": "Front desk",
        "admin": "Admin",
        "analyst": "Analyst",
    },
    "event": {
        "task.created": "Created",
        "task.assigned": "Given to",
        "task.handed_over": "Its owner is away; now with",
        "task.pooled": "Nobody acted in time; now with",
        "task.came_back": "The leave is over; back with",
        "task.started": "Started",
        "task.put_back": "Put back to to do",
        "task.held": "Put on hold",
        "task.resumed": "Resumed",
        "task.woken": "Its day came: goes on by itself",
        "task.rescheduled": "Moved to another day",
        "task.due_moved": "The calendar changed; its time is now",
        "task.restarted": "Asking again from the start",
        "task.asked": "Asked by text",
        "task.reminded": "Reminded by text",
        "task.call_due": "A call is due",
        "task.caregiver_asked": "Asked the caregiver by text",
        "task.call_caregiver_due": "A call to the caregiver is due",
        "task.ask_partner_due": "The partner is to be asked",
        "task.interpreter_needed": "An interpreter is needed on the line",
        "task.called": "Called",
        "task.call_taken_back": "A logged call was taken back",
        "task.answered": "Answered",
        "task.answered_late": "Answered after it was closed",
        "task.contradicted": "Said something else than before",
        "task.disputed": "They say different things: a person finds out",
        "task.reopened_by_answer": "Open again: somebody said it ended otherwise",
        "task.followed_by": "A new task goes on from here: somebody said it ended otherwise",
        "task.reply_unclear": "The reply needs a person to read it",
        "task.barrier_asked": "Asked what is in the way",
        "task.barrier_named": "Said what is in the way",
        "task.barrier_open": "Something is in the way",
        "task.ask_again_planned": "Not yet: will be asked again",
        "task.ladder_stopped": "Automatic steps stopped",
        "task.step_waits": "Waits: another question is still open",
        "task.step_skipped": "A step was left out",
        "task.text_failed": "A text did not arrive",
        "task.overdue": "Overdue",
        "task.escalated": "Passed on to the lead",
        "task.set_aside": "A step failed; waits for a person",
        "task.completed": "Completed",
        "task.cancelled": "Cancelled",
        "task.reopened": "Taken back: open again",
    },
    "said": {"yes": "Yes", "no": "No", "not_yet": "Not yet"},
    "said_by": {
        "patient": "The patient",
        "caregiver": "A caregiver",
        "partner": "The partner",
        "staff": "Staff",
        "token": "Another system",
    },
    "party": {
        "patient": "The patient",
        "caregiver": "A caregiver",
        "pharmacy": "The pharmacy",
        "community_organization": "The community organization",
        "specialist": "The specialist's office",
        "hospital": "The hospital",
    },
    "delivery": {
        "queued": "Waiting to leave",
        "sending": "Leaving",
        "sent": "Sent",
        "delivered": "Delivered",
        "failed": "Not delivered",
        "withheld": "Not sent",
        "cancelled": "Taken back",
        "expired": "Too late to send",
        "in_doubt": "Unsure whether it left",
        "received": "Received",
    },
    "consent_about": {
        "appointment": "Appointments",
        "care_navigation": "Medicines and follow-up",
        "referral": "Referrals",
        "sharing": "Sharing with organizations",
    },
    "line_stop": {
        "queue_full": "The phone company's queue for this line is full.",
        "carrier_trouble": "The phone company answers most requests with errors. It is tried again.",
        "not_registered": "The phone company says this line is not registered for texting (A2P 10DLC).",
    },
    "file": {
        "picture": "Picture",
        "document": "Document",
        "sound": "Sound",
        "film": "Video",
        "contact": "Contact card",
        "file": "File",
    },
    "file_refused": {
        "too_large": "It is larger than 5 MB.",
        "type": "It is not a picture, PDF, sound, video or contact card, so it was not kept.",
        "address": "It was not where the phone company keeps its files, so it was not fetched.",
        "redirects": "The phone company sent us from one place to another, so it was not fetched.",
        "text_refused": "The phone company does not know this message.",
    },
    "gate": {"allowed": "May leave", "wait": "Waits", "withheld": "May not leave"},
    "gate_asked": {
        "written": "When it was written",
        "changed": "When it was changed",
        "claimed": "When it was due to leave",
        "leaving": "In the moment of leaving",
    },
    "attempt": {
        "accepted": "the phone company took it",
        "not_accepted": "not taken, tried again later",
        "refused": "refused",
        "in_doubt": "the answer was lost",
        "open": "no answer recorded yet",
    },
    "icon": {
        "medication_received": "pill",
        "appointment_kept": "calendar-event",
        "referral_follow_up": "heart-handshake",
        "hospital_discharge": "building-hospital",
        "no_show": "calendar",
        "call": "phone-call",
        "call_caregiver": "user",
        "ask_partner": "building-community",
        "review_reply": "message-2",
        "solve_barrier": "hand-stop",
        "other_channel": "device-mobile",
        "update_pcp": "stethoscope",
        "settle": "users",
        "fix_address": "mail",
        "next_step": "player-play",
        "lead_decision": "flag",
    },
}


def word(value: Any, kind: str) -> str:
    """The words for a code, e.g. word("call", "needs")."""
    if value is None:
        return ""
    code = str(getattr(value, "value", value))
    return WORDS.get(kind, {}).get(code) or code.replace("_", " ").capitalize()


def kinds() -> list[tuple[str, str]]:
    """Every kind of task with its short name, for choices."""
    return list(WORDS["type"].items())


def pairs(codes: Iterable[str], kind: str) -> list[tuple[str, str]]:
    """Codes with their words, for choices."""
    return [(code, word(code, kind)) for code in codes]


def icon(value: Any) -> str:
    """Name of the icon that stands for a code."""
    return WORDS["icon"].get(str(getattr(value, "value", value)), "info-circle")


def about_line(task: Any) -> str:
    """What a task is about, in a few words for its card; "" when nothing was said."""
    about: Any = task.about
    parts = list(map(about.get, ("medication_label", "appointment_place", "hospital", "referrer")))
    parts += [f"for {about['referred_to']}"] if about.get("referred_to") else []
    return ", ".join(str(part) for part in parts if part)
