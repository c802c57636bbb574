"""Consents when records are merged: a no of the merged record that is stricter than the survivor's word is
written for the survivor too, as a row of its own. A yes never moves: whoever gave it is asked again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.consent import Consent, ConsentDecision
from app.models.event import Actor, record
from app.models.patient import Patient

_NO = (ConsentDecision.WITHDRAWN, ConsentDecision.DECLINED)
About = tuple[str, str, UUID | None]


def stricter(survivor: Patient, merged: Patient) -> list[tuple[Consent, list[Consent]]]:
    """Each no of the merged record that the survivor has not said as well, with the words it outweighs."""
    ours = _newest(survivor)
    found = []
    for row in _newest(merged).values():
        heard = [word for word in ours.values() if _speaks_to(word, row)]
        if row.decision in _NO and not any(word.decision in _NO for word in heard):
            found.append((row, heard))
    return found


def _speaks_to(word: Consent, row: Consent) -> bool:
    """About the same channel and purpose, and the same number where both name one."""
    same = (word.channel, word.purpose) == (row.channel, row.purpose)
    return same and (None in (word.phone_number_id, row.phone_number_id)
                     or word.phone_number_id == row.phone_number_id)  # fmt: skip


def carry(survivor: Patient, merged: Patient, *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Write them for the survivor; what was written, to be given back."""
    written = []
    for row, words in stricter(survivor, merged):
        made = _copy(row, survivor, by=by, at=at)
        written.append({"row": str(made.id), "outweighs": [str(word.id) for word in words]})
    return written


def give_back(
    survivor: Patient, written: Iterable[dict[str, Any]], *, by: Actor, at: datetime
) -> None:
    """The survivor's own words hold again, unless they have said something since. A no that outweighed
    nothing stays: nobody is texted because records were parted."""
    for each in written:
        made = _one(survivor, each["row"])
        heard = [word for word in _newest(survivor).values() if _speaks_to(word, made)]
        if max(heard, key=lambda word: (word.recorded_at, word.id)).id == made.id:
            for word_id in each["outweighs"]:
                _copy(_one(survivor, word_id), survivor, by=by, at=at)


def _newest(patient: Patient) -> dict[About, Consent]:
    rows = select(Consent).where(
        Consent.practice_id == patient.practice_id, Consent.patient_id == patient.id
    )
    ordered = db.session.scalars(rows.order_by(Consent.recorded_at, Consent.id))
    return {_about(row): row for row in ordered}


def _about(row: Consent) -> About:
    return row.channel, row.purpose, row.phone_number_id


def _one(patient: Patient, row_id: str) -> Consent:
    return db.session.get_one(Consent, (patient.practice_id, UUID(row_id)))


def _copy(row: Consent, patient: Patient, *, by: Actor, at: datetime) -> Consent:
    """The same word, of the same day and in the same words, recorded now. Queued texts are asked again when
    they leave, so none has to be cancelled here."""
    made = Consent(
        practice_id=patient.practice_id, patient_id=patient.id,
        phone_number_id=row.phone_number_id, channel=row.channel, purpose=row.purpose,
        decision=row.decision, how=row.how, wording=row.wording, language=row.language,
        decided_at=row.decided_at, recorded_at=at, expires_on=row.expires_on,
        recorded_by_kind=by.kind, recorded_by_id=by.id,
    )  # fmt: skip
    db.session.add(made)
    record(made, f"consent.{row.decision}", by=by, at=at, patient_id=patient.id, purpose=row.purpose,
           how=row.how, through="merge")  # fmt: skip
    db.session.flush()
    return made
