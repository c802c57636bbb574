"""What lies beside the rows in every package, so that it explains and proves itself years later: the data
dictionary with its code lists, the composition rules, the public keys with their validity, the
verifier."""

import json
import shutil
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.core.ledger_keys import ring
from app.exports.purposes import Purpose
from app.value.compositions import CURRENT, rules

_HERE = Path(__file__).parent
#: Goes with every package, and checks it here too.
VERIFIER = _HERE / "verify.py"


def write(folder: Path, purpose: Purpose, *, at: datetime) -> list[Path]:
    """Write the files that explain a package; returns them in their order."""
    said = {
        "dictionary.json": _dictionary(purpose),
        "compositions.json": [rules(version) for version in range(1, CURRENT + 1)],
        "keys.json": ring(at=at).public(),
    }
    for name, content in said.items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copyfile(VERIFIER, folder / "verify.py")
    return [folder / name for name in (*said, "verify.py")]


def _dictionary(purpose: Purpose) -> dict[str, Any]:
    whole, now = dictionary(), rules(CURRENT)
    sources = {name: f"known by its {said['unique_by']}" for name, said in now["sources"].items()}
    return {
        "fields": [{"name": name, **whole["fields"][name]} for name in purpose.columns],
        "codes": {**whole["codes"], "activity_type": now["activities"], "source_kind": sources},
    }


@cache
def dictionary() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((_HERE / "dictionary.yaml").read_text("utf-8"))
    return said
