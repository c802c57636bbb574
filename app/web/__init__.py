"""Staff pages, the patients' portal and the carriers' webhooks: HTML and forms over HTTP. Each module
has a `register(app)`; add yours to the tuple."""

from flask import Flask

from app.web import (
    absences,
    bell,
    board,
    bulk,
    calls,
    contact_preferences,
    contact_words,
    conversations,
    display,
    errors,
    exports,
    fit_settings,
    health,
    held,
    imports,
    inbox,
    letters,
    line_settings,
    lists,
    locale,
    measures,
    media,
    message_story,
    numbers,
    partner,
    patient_records,
    patients,
    portal,
    protocol_dry_runs,
    protocol_settings,
    queued_texts,
    record_words,
    referral_steps,
    referrals,
    refilings,
    reports,
    sandbox_phones,
    saved_filters,
    security,
    session,
    settings,
    shell,
    sign_in,
    task_changes,
    task_closings,
    tasks,
    thread_words,
    tokens,
    topics,
    undelivered,
    untextable,
    webhooks,
    wording,
    wording_languages,
    wording_preview,
    wording_versions,
)

MODULES = (
    security, session, errors, display, shell, health, sign_in, topics, bell,
    bulk, saved_filters,
    board, tasks, task_closings, task_changes, calls, webhooks,
    record_words, contact_words, thread_words, inbox, conversations, queued_texts, message_story, media,
    refilings, undelivered, held,
    patients, patient_records, contact_preferences, untextable, numbers,
    referrals, reports, measures, exports, imports, lists, settings, line_settings,
    protocol_settings, protocol_dry_runs,
    wording, wording_versions, wording_languages, wording_preview, tokens,
    absences,
    locale, portal, partner, sandbox_phones,
    referral_steps, fit_settings, letters,
)  # fmt: skip


def register(app: Flask) -> None:
    """Add every page to the app."""
    for module in MODULES:
        module.register(app)
