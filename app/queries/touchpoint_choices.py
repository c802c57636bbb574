"""By what else the touchpoint log can be narrowed: the practice's teams, subgroups and payers, as rows name
them. Three statements."""

from sqlalchemy import select

from app.core.db import db
from app.models.care_team import CareTeam
from app.models.coverage import Coverage, Subgroup
from app.models.viewer import Viewer
from app.queries.touchpoint_filter import NOT_RECORDED, LogFilter

Choices = list[tuple[str, str]]


def group_choices(viewer: Viewer, wanted: LogFilter) -> dict[str, Choices]:
    """By name of the filter: value and words. What is chosen is among them, also when it is no more."""
    here = viewer.practice_id
    named = {
        "team": select(CareTeam.name, CareTeam.name).where(CareTeam.practice_id == here),
        "subgroup": select(Subgroup.code, Subgroup.name).where(Subgroup.practice_id == here),
        "payer": select(Coverage.payer, Coverage.payer).where(Coverage.practice_id == here).distinct(),
    }  # fmt: skip
    found = {}
    for name, rows in named.items():
        known = {value: words for value, words in db.session.execute(rows)}
        chosen = getattr(wanted, name)
        if chosen and chosen != NOT_RECORDED:
            known.setdefault(chosen, chosen)
        by_words = sorted(known.items(), key=lambda each: each[1])
        found[name] = [*by_words, (NOT_RECORDED, "Not recorded")]
    return found
