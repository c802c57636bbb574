"""Row ids: UUIDv7 (RFC 9562), so that keys sort by the time they were made."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return compat.uuid7()


def parse_id(text: str) -> UUID | None:
    """The UUID written in `text`, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
