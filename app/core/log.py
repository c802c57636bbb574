"""Logs: one JSON object per line on stderr. Never a body, a name, a full number, a token or a
signature: a processor drops known keys and masks anything that looks like a phone number."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

PRIVATE_KEYS = frozenset(
    {"body", "name", "given_name", "family_name", "phone", "number", "to", "from_", "token",
     "signature", "password", "secret", "mrn", "email", "birth_date", "note", "text"}
)  # fmt: skip
#: Ten digits or more with what people put between them; not the digits inside an id.
_NUMBER = re.compile(r"(?<![0-9A-Za-z-])\+?\d[\d\-\s().]{8,}\d(?![0-9A-Za-z-])")


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop private keys; mask digits that look like a phone number in the rest."""
    clean: dict[str, Any] = {}
    for key, value in event.items():
        if key in PRIVATE_KEYS:
            continue
        keep = not isinstance(value, str) or key in ("timestamp", "level")
        clean[key] = value if keep else _NUMBER.sub("[number]", value)
    return clean


def configure(level: int = logging.INFO) -> None:
    """Set up structlog and quiet the libraries that log addresses and numbers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            scrub,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    for noisy in ("twilio.http_client", "urllib3", "engineio", "socketio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A tick that comes while the last one still runs is skipped on purpose; that is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(component=name)
    return bound
