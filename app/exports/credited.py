"""Credited time beside an export's rows: what people may be credited with for each patient and month, with
overlaps counted once as the month's page counts them (`app.value.minutes`). Rows keep what was entered."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, or_, select

from app import access
from app.core.columns import UtcDateTime
from app.core.db import db
from app.exports.wanted import Wanted, taken_back
from app.models.patient_merge import PatientMerge
from app.models.touchpoint import ActorKind, Touchpoint, TouchpointSeal
from app.models.viewer import Viewer, system_viewer
from app.queries.credited import LONGEST, Month
from app.queries.ledger import sealed
from app.queries.together import counted_once
from app.value.minutes import Span, clipped, credited_in_order
from app.value.plain_json import dumps

#: One line of the file: the month where the practice is, and whose.
Key = tuple[str, UUID]
Credits = dict[Key, timedelta]


def credited_time(viewer: Viewer, wanted: Wanted) -> Credits:
    """By month and patient, of the rows this export may hold: the time worked in its days, also where the
    row began the day before. Others' work is looked at too: a minute spent on two patients is only one's."""
    found: Credits = {}
    people = _people(viewer, wanted)
    held = _settings(viewer, wanted)
    for month, since, until in _months(viewer, wanted):
        once = held(month)
        whose: dict[str, UUID] = {}
        spans = clipped(_spans(viewer, wanted, people, whose, since, until), since, until)
        for id_, time in credited_in_order(spans, together_once=once):
            patient_id = whose.pop(id_, None)
            if patient_id is not None and time:
                key = (str(month), patient_id)
                found[key] = found.get(key, timedelta()) + time
    return found


def lines(found: Credits) -> Iterator[bytes]:
    """One patient's month per line; minutes are floored once, at the end."""
    for (month, patient_id), time in sorted(
        found.items(), key=lambda each: (each[0][0], str(each[0][1]))
    ):
        line = {
            "month": month, "patient_id": str(patient_id), "credited_seconds": _seconds(time),
            "credited_minutes": time // timedelta(minutes=1),
        }  # fmt: skip
        yield (dumps(line) + "\n").encode()


def sums(viewer: Viewer, wanted: Wanted, found: Credits) -> dict[str, Any]:
    """For the manifest: the file's sum, and whether two workers on one patient at once counted once; by month
    where that was set otherwise in between."""
    held, zone = _settings(viewer, wanted), wanted.period.time_zone
    months = {key[0] for key in found} or {str(Month.of(wanted.period.to_on, zone))}
    by_month = {text: held(month) for text in sorted(months) if (month := Month.read(text, zone))}
    ways = set(by_month.values())
    return {
        "credited_seconds": sum(_seconds(time) for time in found.values()),
        "together_once": ways.pop() if len(ways) == 1 else by_month,
    }


def _settings(viewer: Viewer, wanted: Wanted) -> Callable[[Month], bool]:
    """A month's setting: as it ended, or where the export's chain ends if that is earlier."""
    practice, sealed_at = access.practice_of(viewer), _sealed_at(viewer, wanted)

    @cache
    def held(month: Month) -> bool:
        return counted_once(practice, at=min(month.ends_at, sealed_at or month.ends_at))

    return held


def _sealed_at(viewer: Viewer, wanted: Wanted) -> datetime | None:
    """When the export's last row was sealed."""
    return db.session.scalar(
        select(TouchpointSeal.sealed_at).where(
            TouchpointSeal.practice_id == viewer.practice_id,
            TouchpointSeal.seq == wanted.period.as_of_seq,
        )
    )


def _seconds(time: timedelta) -> int:
    return time // timedelta(seconds=1)


def _months(viewer: Viewer, wanted: Wanted) -> Iterator[tuple[Month, datetime, datetime]]:
    """The months with work, each from where to where it lies in the export's days."""
    period = wanted.period
    bounds = _worked(viewer, wanted, period.starts_at, period.ends_at).with_only_columns(
        func.min(Touchpoint.started_at), func.max(Touchpoint.started_at)
    )
    first, last = cast("tuple[datetime | None, datetime | None]", db.session.execute(bounds).one())
    if first is None or last is None:
        return
    zone = period.time_zone
    month = Month.at(max(first, period.starts_at), zone)
    while month.starts_at < min(last + LONGEST, period.ends_at):
        yield month, max(month.starts_at, period.starts_at), min(month.ends_at, period.ends_at)
        month = month.after


def _spans(
    viewer: Viewer, wanted: Wanted, people: dict[UUID, UUID], whose: dict[str, UUID],
    since: datetime, until: datetime,
) -> Iterator[Span]:  # fmt: skip
    """Everybody's work, by when it began; `whose` is told of the rows the export may hold."""
    begins = case(
        (Touchpoint.started_at < since, literal(since, UtcDateTime())), else_=Touchpoint.started_at
    )
    held = and_(wanted.whose(), wanted.may_leave(viewer.practice_id))
    rows = db.session.execute(
        _worked(viewer, wanted, since, until)
        .with_only_columns(
            Touchpoint.id, Touchpoint.actor_id, Touchpoint.patient_id, Touchpoint.started_at,
            Touchpoint.seconds, held.label("is_held"),
        )
        .order_by(begins, Touchpoint.id)
        .execution_options(yield_per=2000)
    )  # fmt: skip
    for id_, actor_id, patient_id, started_at, seconds, is_held in rows:
        key = str(id_)
        if is_held:
            whose[key] = patient_id
        person = people.get(patient_id, patient_id)
        yield Span(
            key, str(actor_id), str(person), started_at, started_at + timedelta(seconds=seconds)
        )


def _worked(
    viewer: Viewer, wanted: Wanted, since: datetime, until: datetime
) -> Select[Touchpoint, TouchpointSeal]:
    """The practice's rows with minutes that stood at the export's place in the chain."""
    gone = taken_back(viewer, wanted.period.as_of_seq).subquery()
    whole = access.visible_touchpoints(system_viewer(viewer.practice_id))
    return (
        sealed(whole, as_of_seq=wanted.period.as_of_seq)
        .outerjoin(gone, gone.c.supersedes_id == Touchpoint.id)
        .where(
            Touchpoint.started_at >= since - LONGEST, Touchpoint.started_at < until,
            Touchpoint.seconds > 0, Touchpoint.actor_kind == ActorKind.HUMAN,
            Touchpoint.void_reason.is_(None), gone.c.supersedes_id.is_(None),
        )
    )  # fmt: skip


def _people(viewer: Viewer, wanted: Wanted) -> dict[UUID, UUID]:
    """Which records were one person's when the export's last row was sealed, so that a file made again
    later says the same."""
    moment = _sealed_at(viewer, wanted)
    if moment is None:
        return {}
    merges = db.session.execute(
        select(PatientMerge.merged_id, PatientMerge.survivor_id)
        .where(
            PatientMerge.practice_id == viewer.practice_id, PatientMerge.merged_at <= moment,
            or_(PatientMerge.undone_at.is_(None), PatientMerge.undone_at > moment),
        )
        .order_by(PatientMerge.merged_at)
    )  # fmt: skip
    into = {merged: survivor for merged, survivor in merges}
    return {merged: _last(merged, into) for merged in into}


def _last(patient_id: UUID, into: dict[UUID, UUID]) -> UUID:
    """Who stands at the end of the links."""
    for _ in into:
        if patient_id not in into:
            break
        patient_id = into[patient_id]
    return patient_id
