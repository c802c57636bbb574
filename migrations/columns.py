"""Column types as migrations see them: storage only, frozen apart from the app's own types."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


def UtcDateTime() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def EncryptedText() -> sa.LargeBinary:
    return sa.LargeBinary()


def Json() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
