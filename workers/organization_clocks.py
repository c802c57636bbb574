"""The sweep of asks to community organizations whose answer is overdue."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Select, select

from app.actions import organization_clocks
from app.models.organization_ask import OrganizationAsk
from app.models.viewer import Viewer
from workers import sweep
from workers.sweep import Sweep


def run() -> int:
    """Open a card for each. Returns for how many."""
    return sweep.run(SILENT)


def _of(viewer: Viewer) -> Select[OrganizationAsk]:
    return select(OrganizationAsk).where(OrganizationAsk.practice_id == viewer.practice_id)


def _marking(_asks: Sequence[OrganizationAsk], at: datetime) -> Callable[[OrganizationAsk], None]:
    return lambda ask: organization_clocks.mark_silent(ask, at=at)


SILENT = Sweep(
    noun="ask", table=OrganizationAsk, due=organization_clocks.silent, visible=_of, acting=_marking,
)  # fmt: skip
