"""What can go wrong with a carrier. Each leaf says whether to try again and whose fault it is.

The texts are for people and hold no number; a carrier's own words are never passed on.
"""

from __future__ import annotations

from typing import ClassVar

from messaging.errors import MessagingError


class SendError(MessagingError):
    """The text was not handed over."""

    in_doubt: ClassVar[bool] = False
    permanent: bool = False

    def __init__(
        self, person_text: str | None = None, *, code: int | None = None, detail: str = ""
    ) -> None:
        """`code` is the carrier's; `detail` is a word for the log, never a number or a body."""
        super().__init__(person_text)
        self.code = code
        self.detail = detail


class NotAccepted(SendError):
    """We could not reach the phone network. Nothing was sent; we will try again."""

    retryable = True


class CarrierBusy(SendError):
    """The phone network asked us to slow down. We will try again."""

    retryable = True


class SenderQueueFull(CarrierBusy):
    """This line has too many texts waiting. We will try again when they have left."""


class Refused(SendError):
    """The phone network refused this text."""

    def __init__(
        self,
        person_text: str | None = None,
        *,
        code: int | None = None,
        detail: str = "",
        permanent: bool = False,
    ) -> None:
        """`permanent` tells that the same text to the same number can never work."""
        super().__init__(person_text, code=code, detail=detail)
        self.permanent = permanent


class RecipientOptedOut(Refused):
    """This person has opted out of texts from us."""


class InDoubt(SendError):
    """We do not know whether this text was taken over. It will not be sent again on a guess."""

    in_doubt = True


class CarrierMisconfigured(SendError):
    """Texting is not set up correctly for this practice. The administrator has been told."""

    # Worth another try: once the set-up is mended, what is still of use may leave.
    retryable = True
    our_fault = True


class LookupFailed(SendError):
    """We could not ask the phone network about this text. We will ask again."""

    retryable = True


class BadWebhook(MessagingError):
    """This request is not one our carrier sends."""
