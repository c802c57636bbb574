"""What every staff page shows around its content: practice, person, seats in other practices, and the
warnings that must never be missed."""

import json
from dataclasses import dataclass
from functools import cached_property

from flask import Flask, has_request_context
from flask_login import current_user

from app.core.settings import current_settings
from app.models.practice import Practice
from app.models.user import CARE_ROLES, Role
from app.models.viewer import Viewer
from app.queries.signed_in import Seat, SignedIn, seats_of


@dataclass
class Shell:
    """Template variable `shell`; None-like (`shell.is_open` false) when nobody is signed in."""

    signed_in: SignedIn | None

    @property
    def is_open(self) -> bool:
        return self.signed_in is not None

    @property
    def known(self) -> SignedIn:
        """The signed-in person; pages ask `is_open` first."""
        if self.signed_in is None:
            raise LookupError("nobody is signed in: ask shell.is_open first")
        return self.signed_in

    @property
    def practice(self) -> Practice:
        return self.known.practice

    @property
    def viewer(self) -> Viewer:
        return self.known.viewer

    @property
    def is_analyst(self) -> bool:
        return self.viewer.role is Role.ANALYST

    @property
    def works_with_care(self) -> bool:
        """Has a board, an inbox, a bell and a timer."""
        return self.viewer.role in CARE_ROLES

    @property
    def sees_ledger(self) -> bool:
        return self.viewer.sees_ledger

    @cached_property
    def other_seats(self) -> list[Seat]:
        mine = self.known.key.practice_id
        return [s for s in seats_of(self.known.sign_in_id) if s.practice.id != mine]

    @property
    def texts_are_not_sent(self) -> bool:
        """A real practice on the sandbox carrier: nothing reaches a patient."""
        return current_settings().carrier == "sandbox" and not self.practice.is_invented

    @property
    def is_paused(self) -> bool:
        return not self.practice.is_sending

    @property
    def is_restored(self) -> bool:
        """The database came from a backup that nobody compared with the carrier yet."""
        return self.practice.restored_from is not None

    @property
    def has_phones(self) -> bool:
        return current_settings().carrier == "sandbox" and self.practice.is_invented


#: No inline styles, no eval, nothing of a page kept in the browser's storage.
HTMX = json.dumps(
    {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        "timeout": 20000,
        "defaultSettleDelay": 0,  # what is swapped in works at once: no key press meets a dead button
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "422", "swap": True},  # a form with its errors; refusals say HX-Reswap: none
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
)


def htmx_config() -> str:
    return HTMX


def register(app: Flask) -> None:
    app.add_template_global(htmx_config)

    @app.context_processor
    def add_shell() -> dict[str, Shell]:
        known = has_request_context() and current_user and current_user.is_authenticated
        return {"shell": Shell(current_user.signed_in if known else None)}
