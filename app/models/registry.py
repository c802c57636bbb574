"""Imports every record once, so that metadata is whole for migrations, checks and tests."""

from app.core.columns import Base
from app.models import (
    appointment,
    calendar_seen,
    care_team,
    consent,
    contact_point,
    conversation,
    coverage,
    event,
    incoming_call,
    lease,
    list_send,
    media,
    message,
    message_verdict,
    on_call,
    partner_link,
    patient,
    patient_past,
    practice,
    protocol,
    referral,
    run,
    secret,
    staff_session,
    task,
    topic,
    touchpoint,
    touchpoint_erasure,
    user,
    wording_version,
)

MODULES = (
    appointment, care_team, consent, contact_point, conversation, coverage, event, incoming_call,
    lease, list_send, media, message, message_verdict, on_call, partner_link, patient, practice, protocol,
    referral, run, secret, staff_session, task, topic, touchpoint, user,
    appointment, calendar_seen, care_team, consent, contact_point, conversation, coverage, event,
    incoming_call, lease, list_send, media, message, message_verdict, on_call, patient, practice,
    protocol, referral, run, secret, staff_session, task, topic, touchpoint, user,
    lease, list_send, media, message, message_verdict, on_call, patient, patient_past, practice,
    protocol, referral, run, secret, staff_session, task, topic, touchpoint, touchpoint_erasure, user,
    lease, list_send, media, message, message_verdict, on_call, patient, practice, protocol, referral, run,
    secret, staff_session, task, topic, touchpoint, user, wording_version,
)  # fmt: skip
metadata = Base.metadata
