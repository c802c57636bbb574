"""The states of a referral and the legal moves between them: the Task states of HL7's Gravity guide
(SDOH Clinical Care, referral Task), without `draft`. A rejected referral stays rejected: another one goes
elsewhere."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from app.core.errors import Conflict


class ReferralStatus(StrEnum):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered_in_error"


_S = ReferralStatus
#: From where to where. Completed goes back to in progress only as the undo of a closing.
MOVES: Mapping[ReferralStatus, frozenset[ReferralStatus]] = MappingProxyType({
    _S.REQUESTED: frozenset({_S.ACCEPTED, _S.REJECTED, _S.CANCELLED, _S.ENTERED_IN_ERROR}),
    _S.ACCEPTED: frozenset(
        {_S.IN_PROGRESS, _S.ON_HOLD, _S.CANCELLED, _S.FAILED, _S.ENTERED_IN_ERROR}
    ),
    _S.IN_PROGRESS: frozenset(
        {_S.ON_HOLD, _S.COMPLETED, _S.CANCELLED, _S.FAILED, _S.ENTERED_IN_ERROR}
    ),
    _S.ON_HOLD: frozenset({_S.IN_PROGRESS, _S.CANCELLED, _S.FAILED, _S.ENTERED_IN_ERROR}),
    _S.COMPLETED: frozenset({_S.IN_PROGRESS, _S.ENTERED_IN_ERROR}),
    _S.REJECTED: frozenset({_S.ENTERED_IN_ERROR}),
    _S.CANCELLED: frozenset({_S.ENTERED_IN_ERROR}),
    _S.FAILED: frozenset({_S.ENTERED_IN_ERROR}),
    _S.ENTERED_IN_ERROR: frozenset(),
})  # fmt: skip
#: Somebody still works on it.
OPEN = (_S.REQUESTED, _S.ACCEPTED, _S.IN_PROGRESS, _S.ON_HOLD)
#: How the source key of a card begins that is about a later step than telling the office.
ONWARD = "onward:"
#: These say why.
WITH_REASON = frozenset({_S.REJECTED, _S.ON_HOLD, _S.CANCELLED, _S.FAILED})


class NoSuchMove(Conflict):
    """A referral cannot go from here to there. Look again at how far it is."""


class MilestoneKind(StrEnum):
    """What happens on the way, each dated and by somebody, in the order it is hoped for."""

    RECEIVED = "received"
    FIT_CHECKED = "fit_checked"
    ACCEPTED = "accepted"
    CONTACTED = "contacted"
    SCHEDULED = "scheduled"
    KEPT = "kept"
    OUTCOME = "outcome"
    REPORT_RECEIVED = "report_received"
    PCP_TOLD = "pcp_told"
    CLOSED = "closed"


def check_move(was: ReferralStatus, to: ReferralStatus) -> None:
    """Raise NoSuchMove unless the table has it."""
    if to not in MOVES[was]:
        before, after = (each.value.replace("_", " ") for each in (was, to))
        raise NoSuchMove(f"A referral that is {before} cannot become {after}.")
