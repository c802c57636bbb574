"""Days that stand in a form's fields."""

from datetime import date, timedelta

from flask import request

from app.core.errors import Invalid
from app.web.display import day_of
from app.web.moment import now


def day_in(field: str) -> date | None:
    """The day in a date field; None when it was left empty. Raises Invalid for one that cannot be read."""
    written = request.form.get(field, "").strip()
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise Invalid("Write the day like 2026-03-31.", field=field) from None


def in_a_week() -> date:
    """The day a hold ends on unless somebody chooses another."""
    return day_of(now()) + timedelta(days=7)
