"""The manifest of an export: what is in the files, so that anyone can check and reproduce them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.exports.rows import COLUMNS, Period
from app.value.commitments import Plain

FORMAT = "touchline-touchpoints/1"


@dataclass(slots=True)
class Tally:
    """Counts taken while the rows stream by."""

    rows: int = 0
    seconds: int = 0
    activities: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)

    def watch(self, rows: Iterable[dict[str, Plain]]) -> Iterator[dict[str, Plain]]:
        for row in rows:
            self.rows += 1
            self.seconds += int(str(row["seconds"]))
            self.activities[str(row["activity_type"])] += 1
            self.channels[str(row["channel"])] += 1
            yield row


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def manifest(
    *,
    practice_slug: str,
    period: Period,
    tally: Tally,
    head_hash: str,
    files: list[Path],
    version: str,
    resources: dict[str, int] | None = None,
) -> dict[str, Any]:
    """Everything about the export but the time it was made, so that the same export is the same file.
    `resources`: how many of each type, when the files hold FHIR."""
    return {
        "format": FORMAT,
        "practice": practice_slug,
        "from": period.from_on.isoformat(),
        "to": period.to_on.isoformat(),
        "time_zone": period.time_zone,
        "as_of_seq": period.as_of_seq,
        "chain_head": head_hash,
        "rows": tally.rows,
        "sums": {
            "seconds": tally.seconds,
            "by_activity": dict(sorted(tally.activities.items())),
            "by_channel": dict(sorted(tally.channels.items())),
        },
        **({"resources": dict(sorted(resources.items()))} if resources else {}),
        "columns": list(COLUMNS),
        "files": [
            {"name": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in files
        ],
        "generator": f"touchline {version}",
        "notice": "A record of contacts, not a claim. Free text is left out.",
    }
