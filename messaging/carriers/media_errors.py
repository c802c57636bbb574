"""What can go wrong with a picture somebody texted. Each says whether another try may help; the words a
person reads stand on the pages, by `reason`.
"""

from __future__ import annotations

from typing import Final

from messaging.errors import MessagingError

TOO_LARGE: Final = "too_large"
WRONG_TYPE: Final = "type"
WRONG_ADDRESS: Final = "address"
MANY_REDIRECTS: Final = "redirects"


class MediaError(MessagingError):
    """This attachment was not fetched."""

    def __init__(self, reason: str = "", *, detail: str = "") -> None:
        """`reason` is one of this file's; `detail` is a word for the log, never an address."""
        super().__init__()
        self.reason = reason
        self.detail = detail


class MediaRefused(MediaError):
    """This attachment is not one we take."""


class MediaGone(MediaError):
    """The phone company does not have this attachment (any more)."""


class MediaNotFetched(MediaError):
    """The phone company could not be reached for this attachment. We will try again."""

    retryable = True
