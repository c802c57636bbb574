"""Imports and exports asked for on a page: each runs in a child process, so that long work never holds up
texts or pages. This sweep starts the children, keeps their leases, and notices one that died."""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

from flask import current_app
from sqlalchemy import or_, select, update

from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.log import logger
from app.core.settings import ROOT, Settings, current_settings
from app.exports.parts import remove_left
from app.models.bulk_export import BulkExport
from app.models.run import ExportRun, ImportRun, RunStatus

log = logger("runs")
AnyRun = ImportRun | ExportRun | BulkExport
LEASE = timedelta(minutes=2)
#: Long work shares two cores with everything else.
MOST_CHILDREN = 2
BROKE_OFF = "It broke off before the end. Start it again."
_CHILDREN = "touchline.children"
_UNDER_WAY = (RunStatus.WAITING, RunStatus.RUNNING)
COMMANDS: dict[type[AnyRun], tuple[str, str]] = {
    ImportRun: ("patients", "import-run"),
    ExportRun: ("touchpoints", "export-run"),
    BulkExport: ("fhir", "bulk-run"),
}


@dataclass(frozen=True, slots=True)
class Child:
    """A run and the process that does it."""

    kind: type[AnyRun]
    practice_id: UUID
    run_id: UUID
    process: subprocess.Popen[bytes]


def run() -> int:
    """Look after the children and start what waits. Returns how many children run now."""
    children: list[Child] = current_app.extensions.setdefault(_CHILDREN, [])
    at = db_now()
    ended = [child for child in children if child.process.poll() is not None]
    children[:] = [child for child in children if child not in ended]
    if children or ended:
        with transaction():
            for child in children:
                _keep(child, at=at)
            for child in ended:
                _check_ended(child, at=at)
    for kind in COMMANDS:
        while len(children) < MOST_CHILDREN:
            claimed = _claim(kind, at=at)
            if claimed is None:
                break
            children.append(_start(kind, *claimed))
    return len(children)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which a child has this process's settings."""
    own = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "DATA_KEYS": ",".join(settings.data_keys),
        "PUBLIC_URL": settings.public_url,
        "CARRIER": settings.carrier,
        "REDIS_URL": settings.redis_url or "",
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid or "",
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token or "",
        "TWILIO_API_URL": settings.twilio_api_url,
        "PORT": str(settings.port),
        "LEDGER_KEY_FILE": settings.ledger_key_file,
        "LEDGER_CHECKPOINTS": settings.ledger_checkpoints,
    }
    return os.environ | own


def _claim(kind: type[AnyRun], *, at: datetime) -> tuple[UUID, UUID] | None:
    """Lease the oldest run that waits, or whose process is gone."""
    free = or_(kind.lease_until.is_(None), kind.lease_until < at)
    waits = select(kind.practice_id, kind.id).where(
        kind.status.in_((RunStatus.WAITING, RunStatus.RUNNING)), free
    )
    found = db.session.execute(waits.order_by(kind.created_at, kind.id).limit(1)).first()
    db.session.rollback()
    if found is None:
        return None
    practice_id, run_id = found
    with transaction():
        enter_practice(practice_id)
        taken = db.session.scalar(
            update(kind)
            .where(kind.practice_id == practice_id, kind.id == run_id, free)
            .values(lease_until=at + LEASE)
            .returning(kind.id)
            .execution_options(synchronize_session=False)
        )
    return (practice_id, run_id) if taken is not None else None


def _start(kind: type[AnyRun], practice_id: UUID, run_id: UUID) -> Child:
    words = ("-m", "flask", "--app", "wsgi", *COMMANDS[kind], str(practice_id), str(run_id))
    process = subprocess.Popen(  # noqa: S603 - our own command, and ids
        (sys.executable, *words), cwd=ROOT, env=environment_of(current_settings())
    )
    log.info("a run started", kind=kind.__tablename__, run_id=str(run_id))
    return Child(kind, practice_id, run_id, process)


def _keep(child: Child, *, at: datetime) -> None:
    """It still works: nobody else may start it. One that has let its lease go is done with this run."""
    db.session.execute(
        update(child.kind)
        .where(
            child.kind.practice_id == child.practice_id,
            child.kind.id == child.run_id,
            child.kind.lease_until.is_not(None),
        )
        .values(lease_until=at + LEASE)
        .execution_options(synchronize_session=False)
    )


def _check_ended(child: Child, *, at: datetime) -> None:
    """A child says itself how it went; one that died without a word has failed."""
    mine = (child.kind.practice_id == child.practice_id, child.kind.id == child.run_id)
    found = db.session.scalars(
        select(child.kind).where(*mine).execution_options(populate_existing=True)
    ).one_or_none()
    row = cast("AnyRun | None", found)
    if row is None or row.lease_until is None or row.status not in _UNDER_WAY:
        return
    log.error("a run broke off", run_id=str(child.run_id), code=child.process.returncode)
    row.status, row.error, row.finished_at = RunStatus.FAILED, BROKE_OFF, at
    row.lease_until = None
    if isinstance(row, ExportRun) and row.path:
        remove_left(Path(row.path))
