"""How a route is shown to keep outsiders out. Every route of the app has one line in a file of
tests/web/outsiders/; test_outsiders.py walks the URL map, fails for a route without one, and tries each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.world import World

#: Makes (or finds) a record of Rosa's and gives the id the route takes.
Maker = Callable[[World], UUID]


@dataclass(frozen=True)
class Case:
    """`guard`: who is let in at all. `args`: route argument → name of a record maker, or plain text."""

    guard: str
    args: Mapping[str, str] = field(default_factory=dict)
    insider: str = "ana"
    outsiders: tuple[str, ...] = ("cara", "ben")
    data: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


def public(why: str) -> Case:
    """Open to everyone, because …: shows nothing of any practice."""
    return Case("public", why=why)


def staff(*, insider: str = "ana", data: Mapping[str, Any] | None = None, **args: str) -> Case:
    """A page without records in its address: a stranger is sent to sign in, and staff of another
    practice see nothing of ours on it."""
    return Case("staff", args, insider=insider, data=data or {})


def record(
    *,
    insider: str = "ana",
    outsiders: tuple[str, ...] = ("cara", "ben"),
    data: Mapping[str, Any] | None = None,
    **args: str,
) -> Case:
    """A page about records: for staff of another practice (cara) and of another team (ben) they do not
    exist. `data` is a body an insider could send, so that the refusal is about the record."""
    return Case("record", args, insider, outsiders, data or {})


def roles(*allowed: str, data: Mapping[str, Any] | None = None, **args: str) -> Case:
    """Only these people of the cast may; ana may not."""
    return Case("roles", args, allowed[0], ("ana",), data or {})


def token(**args: str) -> Case:
    """The API: without a bearer token 401; tests/api holds the other practices' cases."""
    return Case("token", args)


def patient(**args: str) -> Case:
    """The portal: without a patient's session nothing; tests/web/portal holds the other patients' cases."""
    return Case("patient", args)


def carrier(**args: str) -> Case:
    """A webhook: without the carrier's signature 403."""
    return Case("carrier", args)
