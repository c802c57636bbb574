"""Two records turn out to be one office's, or one community organization's: one is merged into the other, and
can be taken back. What points at it moves (referrals, asks, numbers, threads, links); what is written once,
the ledger and the events, stays. Nothing is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from app.actions import merge_rows, partner_merge_moves
from app.actions.partner_merge_moves import kind_of, side_of
from app.core.db import db, insert_into
from app.core.errors import Conflict, Invalid
from app.models.community_organization import CommunityOrganization
from app.models.event import Actor, record
from app.models.organization_ask import OrganizationAsk
from app.models.partner_merge import Partner, PartnerMerge, PartnerNotSame
from app.models.referral_state import OPEN


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge would do; `counts` by table name, without those that are 0."""

    survivor: Partner
    merged: Partner
    counts: dict[str, int]
    #: Fields the survivor takes over, with what they become.
    takes: dict[str, Any]
    #: Why it cannot be done as things stand.
    obstacle: str | None


def plan(survivor: Partner, merged: Partner) -> Plan:
    """Reads only. Raises Invalid for a record and itself."""
    _check_two(survivor, merged)
    return Plan(
        survivor, merged, partner_merge_moves.counts(merged), _takes(survivor, merged),
        _obstacle(survivor, merged),
    )  # fmt: skip


def merge(survivor: Partner, merged: Partner, *, by: Actor, at: datetime) -> PartnerMerge:
    """From now on `merged` stands for `survivor`. Raises Conflict where something is in the way."""
    _check_two(survivor, merged)
    _lock(survivor, merged)
    obstacle = _obstacle(survivor, merged)
    if obstacle:
        raise Conflict(obstacle)
    takes = _takes(survivor, merged)
    row = PartnerMerge(
        practice_id=survivor.practice_id, kind=kind_of(survivor), survivor_id=survivor.id,
        merged_id=merged.id, merged_at=at, merged_by_id=by.id if by.kind == "user" else None, was={},
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    before = merge_rows.change(survivor, takes)
    row.was = {
        "fields": before,
        "taken": {name: merge_rows.write(value) for name, value in takes.items()},
        "threads": partner_merge_moves.move(row, survivor, merged, at=at),
    }
    merged.merged_into_id = survivor.id
    _say(survivor, merged, "merged", "merged_away", by=by, at=at)
    return row


def undo(row: PartnerMerge, *, by: Actor, at: datetime) -> None:
    """Every row goes back to where it was; what came in meanwhile stays with the survivor.

    Raises Conflict when it was taken back already, or the survivor was merged itself.
    """
    model = partner_merge_moves.SIDES[row.kind].model
    survivor, merged = (
        db.session.get_one(model, (row.practice_id, each))
        for each in (row.survivor_id, row.merged_id)
    )
    _lock(survivor, merged)
    db.session.refresh(row)
    if row.undone_at is not None:
        raise Conflict("This merge was taken back already.")
    if survivor.merged_into_id is not None:
        raise Conflict("This record was merged itself since. Take that back first.")
    row.undone_at, row.undone_by_id = at, by.id if by.kind == "user" else None
    partner_merge_moves.move_back(row, survivor, merged)
    taken, before = row.was.get("taken", {}), row.was.get("fields", {})
    still = {name: before[name] for name in taken
             if merge_rows.write(getattr(survivor, name)) == taken[name]}  # fmt: skip
    merge_rows.put_back(survivor, still)
    merged.merged_into_id = None
    _say(survivor, merged, "merge_undone", "came_back", by=by, at=at)


def say_not_same(one: Partner, other: Partner, *, by: Actor, at: datetime) -> None:
    """Somebody looked: they are two. They are not offered again. Raises Invalid for a record and itself."""
    first, second = _in_order(one, other)
    key = {"practice_id": one.practice_id, "first_id": first.id, "second_id": second.id}
    who = by.id if by.kind == "user" else None
    said = insert_into(PartnerNotSame).values(**key, said_at=at, said_by_id=who)
    db.session.execute(said.on_conflict_do_nothing())
    record(first, f"{side_of(first).word}.not_same", by=by, at=at, other=second.name)


def take_back_not_same(one: Partner, other: Partner, *, by: Actor, at: datetime) -> None:
    first, second = _in_order(one, other)
    row = db.session.get(PartnerNotSame, (one.practice_id, first.id, second.id))
    if row is not None:
        db.session.delete(row)
        record(first, f"{side_of(first).word}.maybe_same", by=by, at=at, other=second.name)


def _obstacle(survivor: Partner, merged: Partner) -> str | None:
    if survivor.merged_into_id or merged.merged_into_id:
        return "One of them is merged already. Reload the page."
    if isinstance(survivor, CommunityOrganization):
        if survivor.retired_at is not None:
            return f"{survivor.name} is retired. Merge the other way round, or bring it back first."
        if _asked_twice(survivor, merged):
            return (
                "Both are asked about the same need of one referral. Take one of the asks back, then "
                "merge."
            )
    return None


def _asked_twice(survivor: Partner, merged: Partner) -> bool:
    """One referral may ask an organization about one need only once at a time."""
    ours, theirs = aliased(OrganizationAsk), aliased(OrganizationAsk)
    both = select(ours.id).join(
        theirs,
        and_(
            theirs.practice_id == ours.practice_id,
            theirs.referral_id == ours.referral_id,
            theirs.need == ours.need,
        ),
    )
    open_ones = both.where(
        ours.practice_id == survivor.practice_id,
        ours.organization_id == survivor.id,
        theirs.organization_id == merged.id,
        ours.status.in_(OPEN),
        theirs.status.in_(OPEN),
    )
    return db.session.scalar(open_ones.limit(1)) is not None


def _takes(survivor: Partner, merged: Partner) -> dict[str, Any]:
    """What the survivor does not have and the other does; lists hold what either holds."""
    side, found = side_of(survivor), dict[str, Any]()
    for group in side.fills:
        if not getattr(survivor, group[0]) and getattr(merged, group[0]):
            found |= {name: getattr(merged, name) for name in group}
    for name in side.lists:
        ours, theirs = getattr(survivor, name), getattr(merged, name)
        joined = list(dict.fromkeys([*ours, *theirs]))
        if joined != ours:
            found[name] = joined
    return found


def _lock(*partners: Partner) -> None:
    """One merge at a time of a record."""
    model = side_of(partners[0]).model
    ids = [each.id for each in partners]
    rows = select(model).where(model.practice_id == partners[0].practice_id, model.id.in_(ids))
    locked = rows.order_by(model.id).execution_options(populate_existing=True)
    merge_rows.locked(locked)


def _check_two(one: Partner, other: Partner) -> None:
    if one.id == other.id or kind_of(one) is not kind_of(other):
        raise Invalid("Choose two different records.")


def _in_order(one: Partner, other: Partner) -> tuple[Partner, Partner]:
    _check_two(one, other)
    first, second = sorted((one, other), key=lambda each: each.id.hex)
    return first, second


def _say(
    survivor: Partner, merged: Partner, kept: str, gone: str, *, by: Actor, at: datetime
) -> None:
    word = side_of(survivor).word
    record(survivor, f"{word}.{kept}", by=by, at=at, other=merged.name)
    record(merged, f"{word}.{gone}", by=by, at=at, other=survivor.name)
