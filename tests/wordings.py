"""A practice's own wording, written and approved in one go, for tests about something else."""

from datetime import datetime

from app.actions import wording_in_force, wording_versions
from app.models.known_wording import shipped_wordings
from app.models.practice import Practice
from app.models.viewer import system_viewer
from app.models.wording_version import WordingVersion


def use_words(
    practice: Practice, key: str, language: str, body: str, *, at: datetime
) -> WordingVersion:
    """Raises Invalid as the pages do."""
    known, by = shipped_wordings()[key], system_viewer(practice.id)
    row = wording_versions.draft(practice, known, language, body, by=by, at=at)
    wording_in_force.approve(practice, known, row, by=by, at=at)
    return row
