"""The folder sweep: files that other systems leave under WORK_FOLDER/<practice's slug> are taken once,
imported by a child process as any import, and end in done/ or refused/ with a report beside them.

Only whole files are taken: one is left alone while its size or time still changes, and while its name says
that it is being written. Taking one is a rename, so that of two workers one has it.

Links are never followed: whoever may leave a file here must not have any other file read or written."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from errno import ENOTDIR
from pathlib import Path
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.actions import folder_files
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.ids import new_id, parse_id
from app.core.log import logger
from app.core.settings import current_settings
from app.models.practice import Practice
from app.models.run import ImportRun

TAKING, DONE, REFUSED = "taking", "done", "refused"
ENDINGS = (".csv", ".json", ".ndjson")
_SEEN = "touchline.work_folder"
log = logger("work folder")


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was: while this changes somebody still writes it."""

    size: int
    changed_at: int


def run() -> int:
    """Take what is whole and tidy up what is over, in every practice. Returns how many files moved."""
    root = current_settings().work_folder
    if not root or not Path(root).is_dir():
        return 0
    db.session.rollback()
    practices = list(db.session.execute(select(Practice.id, Practice.slug).order_by(Practice.id)))
    moved = 0
    for practice_id, slug in practices:
        folder = Path(root) / slug
        if not folder.is_dir():
            continue
        try:
            moved += _sweep(practice_id, folder)
        except OSError as error:
            log.error("the work folder cannot be used", practice=slug, error=error.strerror)
        except Exception:
            log.exception("the work folder broke", practice=slug)
    return moved


def _sweep(practice_id: UUID, folder: Path) -> int:
    for name in (TAKING, DONE, REFUSED):
        own = folder / name
        own.mkdir(exist_ok=True, mode=0o700)
        if own.is_symlink():
            raise NotADirectoryError(ENOTDIR, f"{name}/ is a link; put a folder in its place")
    for path in list(_whole(folder)):
        _set_apart(path, folder)
    apart = sorted(path for path in (folder / TAKING).iterdir() if _is_file(path))
    taken = sum(_take(practice_id, path) for path in apart)
    return taken + _tidy(practice_id, folder)


def _whole(folder: Path) -> Iterator[Path]:
    """Files that are as the last sweep saw them."""
    seen: dict[str, Look] = current_app.extensions.setdefault(_SEEN, {})
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in ENDINGS or not _is_file(path):
            continue
        state = path.stat()
        look = Look(state.st_size, state.st_mtime_ns)
        if seen.get(str(path)) == look:
            del seen[str(path)]
            yield path
        else:
            seen[str(path)] = look


def _is_file(path: Path) -> bool:
    """A file of this folder itself, and no link to another."""
    return path.is_file() and not path.is_symlink()


def _set_apart(path: Path, folder: Path) -> None:
    """Make the file this worker's, under the id its run will have; somebody faster has it already."""
    try:
        path.rename(folder / TAKING / f"{new_id()}__{path.name}")
    except FileNotFoundError:
        log.info("another worker took the file", file=path.name)


def _take(practice_id: UUID, path: Path) -> int:
    """Ask for the import of a file that was set apart; once, also when a worker died in between."""
    own, _, name = path.name.partition("__")
    run_id = parse_id(own)
    if run_id is None or not name:
        return 0
    with transaction():
        enter_practice(practice_id)
        practice = db.session.get_one(Practice, practice_id)
        known = db.session.get(ImportRun, (practice_id, run_id))
        if known is None:
            folder_files.take(practice, run_id, name, path, at=db_now())
    return int(known is None)


def _tidy(practice_id: UUID, folder: Path) -> int:
    """Move the files of runs that are over, each with its report; again after a kill in between."""
    moved = 0
    for row in folder_files.ended(practice_id):
        target = folder / (DONE if folder_files.went_in(row) else REFUSED)
        name = f"{row.created_at:%Y%m%d-%H%M%S}-{str(row.id)[-4:]}-{row.file_name}"
        report = target / f"{name}.report.txt"
        report.write_text("\n".join(folder_files.report(row)) + "\n", encoding="utf-8")
        path = Path(row.path or "")
        if path.is_file():
            os.replace(path, target / name)
        with transaction():
            enter_practice(practice_id)
            db.session.merge(row).path = None
        moved += 1
    return moved
