"""The words of the changes page: what happened, what the fields are called, and values as people read them.
An unknown word is shown as it stands rather than hidden."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.models.event import Event
from app.web.words import word

GROUP_WORDS = {
    "staff": "Staff", "teams": "Teams", "practice": "Practice, hours and holidays", "lines": "Lines",
    "tokens": "API tokens", "protocols": "Protocols", "wording": "Wording",
    "referrals": "Referrals: criteria, organizations, offices", "holds": "Legal holds", "months": "Months",
}  # fmt: skip
KIND_WORDS = {
    "user.created": "Added to the staff", "user.invited": "Invited", "user.joined": "Joined",
    "user.changed": "Details changed", "user.enabled": "Let in again", "user.disabled": "Kept out",
    "user.password_set": "New password", "user.link_made": "Link made",
    "user.link_revoked": "Link ended", "user.joined_team": "Joined a team",
    "user.left_team": "Left a team", "care_team.created": "Team made",
    "care_team.renamed": "Team renamed", "care_team.leader_set": "Leader changed",
    "care_team.serves_set": "Subgroups changed", "care_team.ended": "Team ended",
    "care_team.resumed": "Team brought back", "practice.created": "Practice set up",
    "practice.changed": "Practice changed", "practice.updated": "Practice changed",
    "line.added": "Line added", "line.changed": "Line changed",
    "line.pointed_here": "Carrier's addresses set to ours", "line.resumed": "Line tried again",
    "token.created": "Token made",
    "token.revoked": "Token revoked", "protocol.changed": "Protocol changed",
    "protocol.drafted": "Protocol drafted", "protocol.refused": "Protocol draft sent back",
    "hold.placed": "Legal hold placed", "hold.lifted": "Legal hold lifted",
    "template.drafted": "Words drafted", "template.approved": "Words approved",
    "template.sent_back": "Draft sent back", "template.discarded": "Draft taken back",
    "template.reverted": "Earlier words in use again", "template.dropped": "Own words given up",
    "fit_criterion.added": "Criterion added", "fit_criterion.switched": "Criterion switched",
    "organization.added": "Organization added", "organization.changed": "Organization changed",
    "organization.retired": "Organization retired",
    "organization.texts_agreed": "Organization agreed to texts",
    "organization.texts_ended": "Organization is not texted any more",
    "organization.brought_back": "Organization in use again",
    "referrer.added": "Office added", "referrer.changed": "Office changed",
    "referrer.code_renewed": "New code for an office's form",
    "referrer.merged": "Another record merged into this office",
    "referrer.merge_undone": "Merge of an office taken back",
    "organization.merged": "Another record merged into this organization",
    "organization.merge_undone": "Merge of an organization taken back",
    "month.closed": "Month closed", "month.reopened": "Month opened again",
    "month.file_asked": "Month's file asked for again",
}  # fmt: skip
FIELD_WORDS = {
    "baa_with": "agreement (BAA) with", "baa_on": "agreement (BAA) signed",
    "npi": "NPI", "supervisor_id": "supervisor", "leader_id": "leader", "care_team_id": "team",
    "is_active": "in force", "is_sending": "texts leave", "quiet_from": "no texts from",
    "quiet_until": "no texts until", "cap_day": "automatic texts a day",
    "cap_week": "automatic texts a week", "closed_on": "closed on", "closed_names": "closed days",
    "open_on": "public holidays worked on", "subdivision": "state",
    "clinical_words": "words no text may hold",
    "stop_owner": "STOP and HELP answered by", "account_sid": "account",
    "auth_token": "account's token", "segments_per_second": "segments a second",
    "is_mailed": "by e-mail", "to": "work goes to", "purpose": "for", "on_call": "on call",
}  # fmt: skip
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Facts that say nothing to a reader.
_PLUMBING = frozenset({"needs_version", "key", "slug"})
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    before: str
    after: str


def title(event: Event) -> str:
    return KIND_WORDS.get(event.kind, event.kind.replace(".", " ").replace("_", " "))


def subject(event: Event, names: Mapping[str, str]) -> str:
    """Whom or what it was about, as it is called today, or as the event called it."""
    said = event.facts.get("title") or event.facts.get("text") or event.facts.get("month")
    if event.facts.get("task_type"):
        return word(event.facts["task_type"], "type")
    return str(said or names.get(str(event.subject_id), ""))


def actor(event: Event, names: Mapping[str, str]) -> str:
    if event.actor_kind in ("user", "token") and event.actor_id is not None:
        return names.get(str(event.actor_id), "somebody who is gone")
    return {"system": "The system or the server's command line"}.get(
        event.actor_kind, event.actor_kind
    )


def differences(event: Event, names: Mapping[str, str]) -> Iterator[Difference]:
    """Field by field, what stood there and what stands there; facts without a before come last."""
    facts = dict(event.facts)
    before, after = facts.pop("before", None) or {}, facts.pop("after", None) or {}
    for field, change in (facts.pop("changes", None) or {}).items():
        before[field], after[field] = change.get("before"), change.get("after")
    for field in dict.fromkeys((*before, *after)):
        was = value(before[field], names, field) if field in before else ""
        yield Difference(field_words(field), was, value(after.get(field), names, field))
    if not before and not after:
        for field, said in facts.items():
            if field not in _PLUMBING and said is not None:
                yield Difference(field_words(field), "", value(said, names, field))


def field_words(field: str) -> str:
    return FIELD_WORDS.get(field, field.replace("_", " "))


def value(said: Any, names: Mapping[str, str], field: str = "") -> str:
    """As people read it: names for ids, yes and no, lists with commas."""
    if field == "role":
        return word(said, "role")
    if said is None or said in ("", [], {}):
        return "nothing"
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, dict):
        return "; ".join(
            f"{_DAYS[int(key)] if key in set('0123456') else key} {value(each, names)}"
            for key, each in said.items()
        )
    if isinstance(said, list):
        if len(said) == 2 and all(isinstance(each, str) and each[2:3] == ":" for each in said):
            return " to ".join(said)
        return ", ".join(value(each, names) for each in said)
    return names.get(str(said), str(said))[:LONGEST]


NOTHING = Difference("", "", "")
