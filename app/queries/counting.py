"""Why a row of the ledger counts, or does not: in sentences, from the composition that made it."""

from app.models.touchpoint import INTERNAL, ActorKind, Touchpoint
from app.value.compositions import composition


def why_it_counts(row: Touchpoint, *, is_taken_back: bool) -> list[str]:
    """Sentences a person reads beside the row."""
    rules = composition(row.composition)
    source = rules.sources.get(row.source_kind, {})
    said = [_standing(row, is_taken_back=is_taken_back)]
    if source:
        said.append(
            f"It was made from one {row.source_kind.replace('_', ' ')}, known by its {source['unique_by']}: "
            "a second row for it is refused, so it cannot count twice."
        )
    if row.activity_type in rules.activities:
        said.append(f"Kind of activity: {rules.activities[row.activity_type]}")
    said.append(_minutes(row))
    said.append(f"Made by the rules of composition {row.composition}.")
    return said


def _standing(row: Touchpoint, *, is_taken_back: bool) -> str:
    if row.void_reason is not None:
        return "It does not count: it takes an earlier row back."
    if is_taken_back:
        return "It does not count: a later row takes it back."
    if row.channel == INTERNAL:
        return (
            "It counts as work with its minutes, not as a contact: nobody outside was spoken with."
        )
    return "It counts as one contact."


def _minutes(row: Touchpoint) -> str:
    if row.actor_kind is not ActorKind.HUMAN:
        return "It has no minutes: only a person's work has, and this was not a member of staff's."
    if not row.seconds:
        return "No minutes were recorded for it."
    return f"Its {row.seconds} seconds count once, however many tasks it served."
