"""Checking an export that lies here: by the verifier that goes with every package, against the practice's own
keys and its own chain. The result stands on the run."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Invalid
from app.core.ledger_keys import ring
from app.exports import package
from app.models.event import Actor, record
from app.models.run import ExportRun, RunStatus
from app.models.touchpoint import TouchpointSeal
from app.value.commitments import GENESIS

#: A request waits no longer, and looks at no more bytes; a larger package is checked where it was made.
SECONDS, MOST_BYTES = 20, 200_000_000


@dataclass(frozen=True, slots=True)
class Checked:
    is_whole: bool
    words: str


def check(run: ExportRun, *, at: datetime, seconds: float | None = SECONDS) -> Checked:
    """Whether the files are the ones that were signed, by a key of ours, and their rows those of our chain.

    Raises Invalid for an export without files, or one too large to be looked at in a request.
    """
    folder, made = Path(run.path or ""), run.manifest or {}
    if run.status is not RunStatus.DONE or not run.path or "key" not in made:
        raise Invalid("There is nothing to check yet.")
    if seconds and sum(int(each["bytes"]) for each in made["files"]) > MOST_BYTES:
        raise Invalid("This package is large. Fetch it and run verify.py in its folder.")
    public = next((key["public"] for key in ring(at=at).public() if key["id"] == made["key"]), None)
    if public is None:
        return Checked(False, "it was signed with a key that is not one of ours")
    try:
        if json.loads((folder / "manifest.json").read_text("utf-8")) != made:
            return Checked(False, "its manifest is not the one that was made here")
    except (OSError, ValueError):
        return Checked(False, "its manifest cannot be read any more")
    if _head(run, int(made["as_of_seq"])) != made["chain_head"]:
        return Checked(False, "the ledger's chain has another hash at its end")
    return _by_verifier(folder, public, seconds)


def _head(run: ExportRun, seq: int) -> str:
    seal = select(TouchpointSeal.row_hash).where(
        TouchpointSeal.practice_id == run.practice_id, TouchpointSeal.seq == seq
    )
    return db.session.scalar(seal) or GENESIS


def _by_verifier(folder: Path, public: str, seconds: float | None) -> Checked:
    """The very file that goes with the package, in a process that knows nothing of us."""
    words = (sys.executable, "-I", str(package.VERIFIER), str(folder), "--key", public)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, our own folder
            words, capture_output=True, text=True, check=False, timeout=seconds, cwd="/"
        )
    except subprocess.TimeoutExpired:
        raise Invalid("The check took too long here. Run verify.py in the folder.") from None
    if done.returncode == 0:
        return Checked(True, done.stdout.strip().removeprefix("Verified: "))
    return Checked(False, done.stderr.strip().removeprefix("NOT VERIFIED: "))


def note(run: ExportRun, found: Checked, *, by: Actor, at: datetime) -> None:
    """Keep the result with who looked and when."""
    run.verified_at, run.is_whole, run.verified_words = at, found.is_whole, found.words[:500]
    run.verified_by_id = by.id if by.kind == "user" else None
    record(run, "export.checked", by=by, at=at, is_whole=found.is_whole, found=run.verified_words)
