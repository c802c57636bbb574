"""What may break a run off: Ctrl-C, a connection that drops, somebody's kill. The first of them ends the run
in order; those that follow are not heard, so that what was stopped is started again."""

import signal
from types import FrameType

HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heed() -> None:
    """From now on the first signal raises KeyboardInterrupt."""
    for each in HEARD:
        signal.signal(each, _break_off)


def hold() -> None:
    """From now on none of them stops the run: half-way is worse than through."""
    for each in HEARD:
        # Not SIG_IGN: programs that are started would inherit that.
        signal.signal(each, _pass)


def _break_off(_number: int, _frame: FrameType | None) -> None:
    hold()
    raise KeyboardInterrupt


def _pass(_number: int, _frame: FrameType | None) -> None:
    return
