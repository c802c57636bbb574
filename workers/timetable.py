"""Every tick: its name, its interval in seconds, and the sweep it calls. The clock only finds work; what is
due stands in columns."""

from collections.abc import Callable
from dataclasses import dataclass

from workers import (
    bounces,
    bulk_exports,
    checkpoints,
    cover,
    deadlines,
    due_days,
    holds,
    lists,
    mail,
    media,
    onward,
    organization_clocks,
    outbox,
    reconciler,
    referral_clocks,
    retention,
    runs,
    sealer,
    search_index,
    timers,
    work_folder,
)

OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Tick:
    """Call `sweep` (in an app context, at most one at a time) every `seconds`."""

    name: str
    seconds: float
    sweep: Callable[[], int]


TICKS = (
    Tick(OUTBOX, 1, outbox.deliver_due),
    Tick("lapsed leases", 10, outbox.release_lapsed),
    Tick("deadlines", 5, deadlines.run),
    Tick("cover", 15, cover.run),
    Tick("due days", 60, due_days.run),
    Tick("holds", 60, holds.run),
    Tick("lists", 2, lists.run),
    Tick("doubts", 60, outbox.settle_doubts),
    Tick("missed texts", 600, reconciler.take_in_missed),
    Tick("held texts", 30, reconciler.confirm_held),
    Tick("mail", 3, mail.send_due),
    Tick("bounced mail", 60, bounces.take_in_new),
    Tick("office digests", 300, mail.queue_digests),
    Tick("referral clocks", 30, referral_clocks.run),
    Tick("organizations that are silent", 60, organization_clocks.run),
    Tick("referrals that stand still", 300, onward.run),
    Tick("media", 3, media.fetch_due),
    Tick("timers", 60, timers.run),
    Tick("seals", 5, sealer.run),
    Tick("checkpoints", 300, checkpoints.run),
    Tick("search", 2, search_index.run),
    Tick("retention", 3600, retention.run),
    Tick("runs", 2, runs.run),
    Tick("work folder", 10, work_folder.run),
    Tick("bulk exports", 600, bulk_exports.expire),
)
