"""The manifest of an export: what is in the files, of which ledger, signed, so that anyone can check and
reproduce them. Nothing in it tells when it was made: the same export is the same file."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.version import VERSION
from app.exports.wanted import Wanted
from app.queries.ledger import utc_text
from app.value.compositions import CURRENT
from app.value.merkle import Tree

FORMAT = "touchline-touchpoints/3"
NOTICE = "A record of contacts, not a claim. Free text is left out."
#: Goes with every row under it (42 CFR 2.32(a)(2)).
PART_2_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """What was found while the files were written."""

    rows: int
    sums: dict[str, Any]
    withheld: int
    head_hash: str
    sealed_at: datetime | None
    #: Of how many rows each word of attestation and approval stood then.
    vouched: dict[str, int]
    #: How many of each type, when the files hold FHIR.
    resources: dict[str, int] | None = None


def manifest(
    practice_slug: str, wanted: Wanted, found: Found, tree: Tree, files: list[Path]
) -> dict[str, Any]:
    """Everything about the export but the time it was made."""
    period, purpose = wanted.period, wanted.purpose
    return {
        "format": FORMAT,
        "practice": practice_slug,
        "purpose": purpose.key,
        "payer": wanted.payer,
        "patient_id": str(wanted.patient_id) if wanted.patient_id else None,
        "from": period.from_on.isoformat(),
        "to": period.to_on.isoformat(),
        "time_zone": period.time_zone,
        "as_of_seq": period.as_of_seq,
        "sealed_as_of": utc_text(found.sealed_at) if found.sealed_at else None,
        "chain_head": found.head_hash,
        "tree": {"size": tree.size, "root": tree.root().hex()},
        "composition": CURRENT,
        "rows": found.rows,
        "sums": found.sums,
        "vouched": found.vouched,
        **({"resources": dict(sorted(found.resources.items()))} if found.resources else {}),
        "withheld_part_2": found.withheld,
        "restates_since_seq": wanted.since_seq,
        "columns": list(purpose.columns),
        "files": [
            {"name": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in files
        ],
        "generator": f"touchline {VERSION}",
        "notice": f"{NOTICE} {PART_2_NOTICE}" if purpose.goes_out else NOTICE,
    }
