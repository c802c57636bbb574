"""The error family of `messaging/`.

Every error knows three things: is it worth trying again, is it our fault, and what may a person
read. Leaves live beside the code that raises them; only those shared by several files live here.
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class MessagingError(Exception):
    """Something about this message is not right."""

    retryable: ClassVar[bool] = False
    our_fault: ClassVar[bool] = False

    person_text: str
    """What a person may read: never a body, a name or a full number."""

    def __init__(self, person_text: str | None = None) -> None:
        """Say `person_text`, or the class's docstring when there is nothing more exact to say."""
        self.person_text = person_text or inspect.cleandoc(
            type(self).__doc__ or type(self).__name__
        )
        super().__init__(self.person_text)


class BadNumber(MessagingError):
    """This is not a phone number we can text. Write it with its area code, like (503) 555-0123."""


class UnknownZone(MessagingError):
    """This is not a time zone we know. Use a name like America/Los_Angeles."""


class UnknownCalendar(MessagingError):
    """We have no holiday calendar for this place. Use codes like US and OR."""


class NeverAllowed(MessagingError):
    """No text may leave in the next 15 days: widen the hours, the days or the holidays."""


class WordingError(MessagingError):
    """This wording cannot be filled in."""
