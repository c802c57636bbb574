"""The one family of errors our own code raises. Each knows if a retry may help, whose fault it is,
and what a person may read; edges turn them into pages and problem+json."""

from typing import ClassVar


class TouchlineError(Exception):
    """Something went wrong on our side. Nothing was changed."""

    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    our_fault: ClassVar[bool] = True
    code: ClassVar[str] = "error"

    def __init__(self, person_text: str | None = None) -> None:
        self.person_text = person_text or (type(self).__doc__ or "").strip()
        super().__init__(self.person_text)


class ConfigError(TouchlineError):
    """A setting is missing or makes no sense."""

    code = "config"


class NotFound(TouchlineError):
    """There is nothing here, or it is not yours to see."""

    status = 404
    our_fault = False
    code = "not_found"


class Forbidden(TouchlineError):
    """Your role does not allow this."""

    status = 403
    our_fault = False
    code = "forbidden"


class Invalid(TouchlineError):
    """Something in what was sent cannot be used. Nothing was saved."""

    status = 422
    our_fault = False
    code = "invalid"

    def __init__(self, person_text: str | None = None, *, field: str | None = None) -> None:
        super().__init__(person_text)
        self.field = field


class Conflict(TouchlineError):
    """Somebody else changed this first. Look again, then decide."""

    status = 409
    our_fault = False
    code = "conflict"


class Busy(TouchlineError):
    """The database is busy. Nothing was changed; please try again."""

    status = 503
    retryable = True
    code = "busy"
