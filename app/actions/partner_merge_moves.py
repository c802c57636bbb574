"""The rows that follow when two records of one office or organization are merged, and go back when that is
taken back: each with what it held before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, select

from app.actions import conversations, merge_rows
from app.core.db import db
from app.models.appointment import Appointment
from app.models.community_organization import CommunityOrganization
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation, Note
from app.models.incoming_call import IncomingCall
from app.models.mail import Mail, MailKind
from app.models.message import Message
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope, PartnerLink
from app.models.partner_merge import Partner, PartnerKind, PartnerMerge, PartnerMergeMove
from app.models.referral import Referral, Referrer
from app.models.referral_intake import ReferralIntake

#: What stands in a thread.
THREADED: tuple[type[Any], ...] = (Message, IncomingCall, Note)


@dataclass(frozen=True, slots=True)
class Side:
    """What points at a partner of one kind, and what of its own the survivor takes over."""

    model: type[Any]
    #: The first word of its events.
    word: str
    #: Which column of a thread and of a number names it.
    column: str
    #: Rows that name it, each by its column.
    rows: tuple[tuple[type[Any], str], ...]
    links: frozenset[LinkScope]
    mails: frozenset[MailKind]
    #: Fields the survivor takes where its own are empty, those of a group together; lists that are joined.
    fills: tuple[tuple[str, ...], ...]
    lists: tuple[str, ...]


SIDES = {
    PartnerKind.OFFICE: Side(
        Referrer, "referrer", "referrer_id",
        ((Referral, "referrer_id"), (ReferralIntake, "referrer_id"), (PhoneNumber, "referrer_id")),
        frozenset({LinkScope.OFFICE, LinkScope.INTAKE}), frozenset({MailKind.OFFICE_DIGEST}),
        (("email",), ("phone",), ("fax",)), ("clinicians",),
    ),
    PartnerKind.ORGANIZATION: Side(
        CommunityOrganization, "organization", "organization_id",
        ((OrganizationAsk, "organization_id"), (Appointment, "community_organization_id"),
         (PhoneNumber, "organization_id")),
        frozenset({LinkScope.DAY_LIST}), frozenset(),
        (("email",), ("phone",), ("hours",), ("serves",), ("address",),
         ("mobile", "links_by", "texts_agreed_name", "texts_agreed_wording", "texts_agreed_at",
          "texts_agreed_by_id")),
        ("needs", "languages"),
    ),
}  # fmt: skip


def kind_of(partner: Partner) -> PartnerKind:
    return PartnerKind.OFFICE if isinstance(partner, Referrer) else PartnerKind.ORGANIZATION


def side_of(partner: Partner) -> Side:
    return SIDES[kind_of(partner)]


def counts(merged: Partner) -> dict[str, int]:
    """How many rows of each table would move, without those that are 0."""
    found = {
        str(table.__tablename__): db.session.scalar(
            select(func.count()).select_from(table).where(where)
        )
        for table, _, where in _theirs(merged)
    }
    return {name: int(count) for name, count in found.items() if count}


def move(row: PartnerMerge, survivor: Partner, merged: Partner, *, at: datetime) -> dict[str, Any]:
    """All of them. What both threads held before, where the merged record had one."""
    thread, ours, was = thread_of(merged), None, {}
    if thread is not None:
        ours = _open(survivor, at=at)
        was = merge_rows.join_clocks(ours, thread)
    for table, column, where in list(_theirs(merged)):
        into = ours.id if column == "conversation_id" and ours else survivor.id
        for each in merge_rows.locked(select(table).where(where)):
            held = merge_rows.change(each, {column: into})
            db.session.add(
                PartnerMergeMove(
                    practice_id=row.practice_id, merge_id=row.id, was=held,
                    table_name=table.__tablename__, row_id=each.id,
                )
            )  # fmt: skip
    db.session.flush()
    merge_rows.forget(_tables(survivor).values())
    return was


def move_back(row: PartnerMerge, survivor: Partner, merged: Partner) -> None:
    """What still stands as the merge put it gets back what it held; what changed since stays."""
    ours, theirs = thread_of(survivor), thread_of(merged)
    here = {survivor.id} | ({ours.id} if ours else set())
    moves = list(db.session.scalars(select(PartnerMergeMove).where(*of(row))))
    for name, table in _tables(survivor).items():
        kept = {each.row_id: each.was for each in moves if each.table_name == name}
        ids = list(kept)
        for start in range(0, len(ids), 500):
            part = select(table).where(
                table.practice_id == row.practice_id, table.id.in_(ids[start : start + 500])
            )
            for each in merge_rows.locked(part):
                if all(getattr(each, column) in here for column in kept[each.id]):
                    merge_rows.put_back(each, kept[each.id])
    if ours is not None and theirs is not None and row.was.get("threads"):
        merge_rows.part_clocks(ours, theirs, row.was["threads"])
    db.session.flush()
    merge_rows.forget(_tables(survivor).values())


def of(row: PartnerMerge) -> tuple[ColumnElement[bool], ...]:
    return (PartnerMergeMove.practice_id == row.practice_id, PartnerMergeMove.merge_id == row.id)


def thread_of(partner: Partner) -> Conversation | None:
    column = getattr(Conversation, side_of(partner).column)
    return db.session.scalars(
        select(Conversation).where(
            Conversation.practice_id == partner.practice_id, column == partner.id
        )
    ).one_or_none()


def _open(partner: Partner, *, at: datetime) -> Conversation:
    if isinstance(partner, Referrer):
        return conversations.office_thread(partner.practice_id, partner.id, at=at)
    return conversations.organization_thread(partner.practice_id, partner.id, at=at)


def _tables(partner: Partner) -> dict[str, type[Any]]:
    side = side_of(partner)
    known: tuple[type[Any], ...] = (
        *(table for table, _ in side.rows),
        PartnerLink,
        Mail,
        *THREADED,
        side.model,
    )
    return {str(table.__tablename__): table for table in known}


def _theirs(partner: Partner) -> Iterator[tuple[type[Any], str, ColumnElement[bool]]]:
    """Every table that names it, by which column, and which rows; records merged into it earlier too."""
    side, thread = side_of(partner), thread_of(partner)
    here = partner.practice_id
    for table, column in side.rows:
        yield table, column, (table.practice_id == here) & (getattr(table, column) == partner.id)
    for table, of_kind in (
        (PartnerLink, PartnerLink.scope.in_(side.links)),
        (Mail, Mail.kind.in_(side.mails) if side.mails else false()),
    ):
        about = (table.practice_id == here) & (table.subject_id == partner.id)
        yield table, "subject_id", about & of_kind
    if thread is not None:
        for table in THREADED:
            inside = (table.practice_id == here) & (table.conversation_id == thread.id)
            yield table, "conversation_id", inside
    earlier = (side.model.practice_id == here) & (side.model.merged_into_id == partner.id)
    yield side.model, "merged_into_id", earlier
