"""JSON of plain values, always the same bytes: keys in the order given, no spaces, UTF-8 as it is."""

from typing import Any

import orjson


def dumps(value: Any) -> str:
    """Compact JSON. Raises TypeError for unknown types, half characters and numbers beyond 64 bits."""
    return orjson.dumps(value).decode()
