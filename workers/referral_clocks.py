"""The sweep of the offices' clocks: referrals whose week is over while the office has not been told."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app import access
from app.actions import referral_clocks
from app.models.referral import Referral
from workers import sweep
from workers.sweep import Sweep


def run() -> int:
    """Mark what is overdue. Returns how many were marked."""
    return sweep.run(OVERDUE)


def _marking(_referrals: Sequence[Referral], at: datetime) -> Callable[[Referral], None]:
    return lambda referral: referral_clocks.mark_overdue(referral, at=at)


OVERDUE = Sweep(
    noun="referral", table=Referral, due=referral_clocks.overdue,
    visible=access.visible_referrals, acting=_marking,
)  # fmt: skip
