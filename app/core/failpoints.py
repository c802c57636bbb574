"""Named places where a process may be told to die, to stop or to break, so that tests can show what survives
it. `FAILPOINT=name:kill` (or stop, error); settings refuse it wherever a real carrier could be reached."""

import signal
from typing import Final

from app.core.errors import ConfigError

#: Every place, in the order a text passes them. A test fails for a name that none exercises.
NAMES: Final = (
    # a text comes in
    "inbound.verified",  # signed, nothing written
    "inbound.written",  # every row written, nothing committed
    "inbound.committed",  # committed, the carrier has no answer yet
    # a delivery report comes in
    "status.verified",
    "status.written",
    "status.committed",
    # a task's step is due
    "deadline.stepped",
    "deadlines.committed",
    # a text goes out
    "outbox.claimed",  # leased, not committed
    "outbox.claim_committed",
    "outbox.attempt_written",
    "outbox.attempt_committed",  # the next thing is the socket
    "outbox.leaving",  # one request of those that were committed together
    "outbox.answered",  # the carrier spoke, nothing is recorded
    "outbox.settled",
    "outbox.settle_committed",
    # whatever a dead process had claimed, and what nobody knows
    "lapsed.released",
    "doubt.listed",
    "doubt.settled",
    # a text to a list
    "list.written",  # a batch is written, not committed
    "lists.committed",
    # texts the webhooks missed, and held ones
    "missed.listed",
    "missed.written",
    "held.fetched",
    "held.settled",
    # a file that came with a text
    "media.claimed",
    "media.fetched",  # every byte is here, nothing is recorded
    "media.settled",
    # an e-mail
    "mail.claimed",
    "mail.sent",  # the server took it, nothing is recorded
    # every transaction
    "transaction.numbered",  # the last thing before a commit
    "transaction.committed",  # the first thing after it, the world has heard nothing
)
ACTIONS: Final = ("kill", "stop", "error")

_armed: dict[str, tuple[str, int]] = {}


class Broken(RuntimeError):
    """A failpoint said so."""


def read(wish: str) -> tuple[str, str, int]:
    """Name, action and which passing of `name:action[:nth]`. Raises ConfigError when it makes no sense."""
    name, _, rest = wish.partition(":")
    action, _, nth = rest.partition(":")
    if name not in NAMES or action not in ACTIONS or not (nth or "1").isascii():
        raise ConfigError(f"FAILPOINT is NAME:{'|'.join(ACTIONS)}, with a name of core/failpoints.")
    if not (nth or "1").isdigit() or int(nth or 1) < 1:
        raise ConfigError("FAILPOINT counts passings from 1.")
    return name, action, int(nth or 1)


def arm(wish: str | None) -> None:
    """Make this process act on `wish` from now on; None makes every place harmless again."""
    _armed.clear()
    if wish:
        name, action, nth = read(wish)
        _armed[name] = (action, nth)


def reach(name: str) -> None:
    """This place is reached. Costs one look at an empty dict unless something is armed."""
    if _armed:
        _act(name)


def _act(name: str) -> None:
    if name not in _armed:
        return
    action, left = _armed[name]
    if left > 1:
        _armed[name] = (action, left - 1)
        return
    del _armed[name]
    if action == "error":
        raise Broken(name)
    # To this thread: sent to the process, another might take it while this one ran on.
    signal.raise_signal(signal.SIGKILL if action == "kill" else signal.SIGSTOP)
