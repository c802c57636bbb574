"""The languages a practice writes in: who reads them, and which wordings lack words in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func

from app.access import practice_of, visible_patients
from app.core.db import db
from app.models.known_wording import Known
from app.models.patient import Patient, PatientStatus
from app.models.viewer import Viewer
from app.queries.wordings import wordings
from messaging.languages import ALWAYS, LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Written:
    """A language of the practice; `missing` goes out in English to the `readers`, `waiting` are drafts."""

    language: Language
    readers: int
    missing: Sequence[Known]
    waiting: Sequence[Known]
    #: The practice's own clinical words in it.
    listed: Sequence[str] = ()

    @property
    def may_go(self) -> bool:
        return self.language.tag not in ALWAYS


@dataclass(frozen=True, slots=True)
class Worklist:
    """`unwritten`: (language as recorded, readers) of languages the practice does not write in."""

    written: Sequence[Written]
    unwritten: Sequence[tuple[str, int]]
    addable: Sequence[Language]


def worklist(viewer: Viewer) -> Worklist:
    """Five statements, however many languages there are."""
    practice, found = practice_of(viewer), wordings(viewer)
    people = visible_patients(viewer).where(Patient.status == PatientStatus.ACTIVE)
    counts = people.with_only_columns(Patient.language, func.count()).group_by(Patient.language)
    readers = {language: n for language, n in db.session.execute(counts)}
    mine = practice.all_languages
    written = []
    for tag in mine:
        lacking = [known for known in found.known.values() if not found.body_of(known, tag)]
        waiting = [known for known in lacking if (known.key, tag) in found.drafts]
        missing = [known for known in lacking if (known.key, tag) not in found.drafts]
        listed = practice.clinical_words_in(tag)
        written.append(Written(LANGUAGES[tag], readers.get(tag, 0), missing, waiting, listed))
    others = sorted((n, tag) for tag, n in readers.items() if tag not in mine)
    return Worklist(
        written,
        [(tag, n) for n, tag in reversed(others)],
        [row for tag, row in LANGUAGES.items() if tag not in mine],
    )
