"""The exact file: one JSON object per line, every field as stored."""

from collections.abc import Iterable
from typing import IO

from app.value.commitments import Plain
from app.value.plain_json import dumps


def write(rows: Iterable[dict[str, Plain]], out: IO[str]) -> None:
    for row in rows:
        out.write(dumps(row) + "\n")
