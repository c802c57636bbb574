"""The sweep of referrals that stand still: open, and nothing about them is under way. Each gets the card of
its next step."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app import access
from app.actions import referral_onward
from app.models.referral import Referral
from workers import sweep
from workers.sweep import Sweep


def run() -> int:
    """Open what is missing. Returns for how many."""
    return sweep.run(RESTING)


def _opening(_referrals: Sequence[Referral], at: datetime) -> Callable[[Referral], object]:
    return lambda referral: referral_onward.advance(referral, at=at)


RESTING = Sweep(
    noun="referral", table=Referral, due=referral_onward.resting,
    visible=access.visible_referrals, acting=_opening,
)  # fmt: skip
