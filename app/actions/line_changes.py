"""Changing what a practice has set about one of its lines: name, pace, and who answers STOP and HELP."""

from datetime import datetime

from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.practice import Line, StopOwner

LONGEST_LABEL = 60
#: No sender is faster, not even a short code.
FASTEST = 1000.0


def update(
    line: Line,
    *,
    label: str,
    segments_per_second: float,
    stop_owner: StopOwner,
    by: Actor,
    at: datetime,
) -> bool:
    """Change what differs; False when nothing does. Raises Invalid; then nothing is changed."""
    if len(label.strip()) > LONGEST_LABEL:
        raise Invalid(f"A name has at most {LONGEST_LABEL} characters.", field="label")
    if not 0 < segments_per_second <= FASTEST:
        raise Invalid(
            f"A pace is more than 0 and at most {FASTEST:g} segments a second.",
            field="segments_per_second",
        )
    wanted = {
        "label": label.strip(),
        "segments_per_second": segments_per_second,
        "stop_owner": stop_owner,
    }
    differing = {name: value for name, value in wanted.items() if getattr(line, name) != value}
    before = {name: getattr(line, name) for name in differing}
    for name, value in differing.items():
        setattr(line, name, value)
    if differing:
        record(line, "line.changed", by=by, at=at, before=before, after=differing)
    return bool(differing)
