"""What a task's card says in chips, as ready markup: when it is due, what a person has to do, who has
it. A board shows a hundred cards, so what only depends on a code or a name is made once."""

from functools import lru_cache

from flask import Flask
from markupsafe import Markup, escape

from app.models.task import Task, TaskType
from app.models.user import User
from app.web import words
from app.web.display import colour, left, on_day, when
from app.web.icons import icon
from app.web.moment import now


def register(app: Flask) -> None:
    for made in (type_tag, due_chip, needs_chip, face, person, holder):
        app.add_template_global(made, f"{made.__name__}_markup")


def _plain(*parts: str) -> Markup:
    """Our own words, and what was escaped before."""
    return Markup("".join(parts))  # noqa: S704


@lru_cache(maxsize=64)
def type_tag(kind: TaskType | str) -> Markup:
    said = escape(words.word(kind, "type"))
    return _plain(
        f'<span class="kind kind-{escape(kind)}">', icon(words.icon(kind)), f" {said}</span>"
    )


def due_chip(task: Task) -> Markup:
    """Overdue, due today, or when: the day and the clock; of a closed one when it was closed."""
    if not task.is_open:
        return _plain(
            f'<span class="chip">{icon("check")} {escape(when(task.completed_at))}</span>'
        )
    day, far = on_day(task.due_on, task.due_zone), left(task.due_at)
    if task.overdue_since or task.due_at <= now():
        late = f"{icon('alert-triangle')} <strong>Overdue</strong> since {day}, {far}"
        return _plain(f'<span class="chip chip-overdue">{late}</span>')
    if day == "today":
        soon = f"{icon('clock')} Due <strong>today</strong>, {far}"
        return _plain(f'<span class="chip chip-today">{soon}</span>')
    return _plain(f'<span class="chip">{icon("calendar")} Due {day}, {far}</span>')


def needs_chip(task: Task) -> Markup:
    """What a person has to do next, if anything."""
    if not task.is_open or not (task.stuck_reason or task.needs):
        return Markup()
    if task.stuck_reason:
        return _needs("alert-circle", "Stuck: look at it")
    return _needs(words.icon(task.needs), words.word(task.needs, "needs"))


@lru_cache(maxsize=64)
def _needs(picture: str, said: str) -> Markup:
    return _plain('<span class="chip chip-needs">', icon(picture), f" {escape(said)}</span>")


@lru_cache(maxsize=2048)
def face(name: str, initials: str | None = None, size: str = "") -> Markup:
    """A person's circle; the name beside it says who, so the circle is decoration."""
    name = name or "?"
    parts = name.split() or ["?"]
    letters = initials or (parts[0][:1] + (parts[-1][:1] if len(parts) > 1 else "")).upper()
    kind = f"face face-{colour(name)} {f'face-{escape(size)}' if size else ''}"
    return _plain(f'<span class="{kind}" aria-hidden="true">{escape(letters)}</span>')


def person(user: User | None, nobody: str = "Nobody yet") -> Markup:
    """Who owns something, or that nobody does yet."""
    return _person(user.name if user else None, nobody)


@lru_cache(maxsize=2048)
def _person(name: str | None, nobody: str) -> Markup:
    if name is None:
        none = '<span class="face face-none face-sm" aria-hidden="true">?</span>'
        inside = f'{none}<span class="text-secondary">{escape(nobody)}</span>'
    else:
        inside = f"{face(name, size='sm')}<span>{escape(name)}</span>"
    return _plain(f'<span class="person">{inside}</span>')


def holder(row: Task) -> Markup:
    """Who has a task or a thread, and for whom while they are away."""
    who = person(row.owner)
    if row.covering_for is None:
        return who
    whom = escape(row.covering_for.name)
    return _plain(who, f' <span class="chip chip-cover">covering for {whom}</span>')
