"""The practice's form: its fields as text, and reading them back. Hours are one line per day, such as
"08:00-12:00, 13:00-17:00" or, over midnight, "22:00-06:00"; an empty line is a closed day."""

from collections.abc import Mapping
from typing import Literal

from flask import request

from app.actions.practice_changes import PracticeChanges
from app.core.errors import Invalid
from app.models.practice import DayRule, Practice, SharedPhones

TimeName = Literal["timer_idle_minutes", "late_entry_days", "longest_entry_minutes"]
#: Numbers about timed work, left as they are when a form leaves them out.
TIME: tuple[TimeName, ...] = ("timer_idle_minutes", "late_entry_days", "longest_entry_minutes")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def of_practice(practice: Practice) -> Mapping[str, str]:
    """The form filled with what is set."""
    hours = {
        f"hours-{day}": ", ".join("-".join(span) for span in practice.hours.get(str(day), []))
        for day in range(7)
    }
    return hours | {
        "name": practice.name,
        "time_zone": practice.time_zone,
        "phone": practice.phone or "",
        "closed_on": "\n".join(practice.closed_on),
        "day_rule": practice.day_rule.value,
        "shared_phones": practice.shared_phones.value,
        "quiet_from": practice.quiet_from,
        "quiet_until": practice.quiet_until,
        "cap_day": str(practice.cap_day),
        "cap_week": str(practice.cap_week),
        "timer_idle_minutes": str(practice.timer_idle_minutes),
        "late_entry_days": str(practice.late_entry_days),
        "longest_entry_minutes": str(practice.longest_entry_minutes),
        "together": "once" if practice.counts_together_once else "each",
    }


def read_changes() -> PracticeChanges:
    """The form as the action wants it; raises Invalid for what cannot be read."""
    form = request.form
    time: PracticeChanges = {}
    for name in TIME:
        if name in form:
            time[name] = _number(name)
    if "closed_on" in form:
        time["closed_on"] = form["closed_on"].replace(",", " ").split()
    if "together" in form:
        time["counts_together_once"] = form["together"] != "each"
    return PracticeChanges(
        **time,
        name=form.get("name", "")[:120],
        time_zone=form.get("time_zone", "").strip(),
        phone=form.get("phone", "").strip() or None,
        hours=read_hours(),
        day_rule=_day_rule(),
        shared_phones=_shared_phones(),
        quiet_from=form.get("quiet_from", "").strip(),
        quiet_until=form.get("quiet_until", "").strip(),
        cap_day=_number("cap_day"),
        cap_week=_number("cap_week"),
    )


def _day_rule() -> DayRule:
    """Left out of a form means as it ships."""
    written = request.form.get("day_rule") or DayRule.CALENDAR.value
    if written not in DayRule.__members__.values():
        raise Invalid("Choose how days are counted.", field="day_rule")
    return DayRule(written)


def _shared_phones() -> SharedPhones:
    """Left out of a form means as it ships."""
    written = request.form.get("shared_phones") or SharedPhones.ASK.value
    if written not in SharedPhones.__members__.values():
        raise Invalid("Choose what happens on shared phones.", field="shared_phones")
    return SharedPhones(written)


def read_hours() -> dict[str, list[list[str]]]:
    found = {}
    for day in range(7):
        line = request.form.get(f"hours-{day}", "").replace("–", "-").strip()
        spans = [[wall.strip() for wall in part.split("-")] for part in line.split(",") if line]
        if any(len(span) != 2 for span in spans):
            raise Invalid(f"Write {DAYS[day]} like 08:00-12:00, 13:00-17:00.", field="hours")
        if spans:  # 24:00 is how people write the end of a day
            found[str(day)] = [
                [opens, "00:00" if closes == "24:00" else closes] for opens, closes in spans
            ]
    return found


def _number(name: str) -> int:
    written = request.form.get(name, "").strip()
    if not written.isascii() or not written.isdecimal():
        raise Invalid("Write a whole number.", field=name)
    return int(written[:6])
