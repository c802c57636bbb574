"""JSON of plain values, always the same bytes: keys in the order given, no spaces, UTF-8 as it is."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """Compact JSON; NaN and unknown types are errors."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
