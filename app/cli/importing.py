"""Doing an import, whatever its kind: in short transactions, and going on where a run that was cut short
stopped. Commands do their own; a worker's child does those of pages and folders."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import select

from app.actions import import_choices, import_preview, import_undo, imports
from app.actions.import_file import BadFile
from app.actions.import_kinds import ImportFile
from app.cli.choices import find_practice
from app.cli.plain_errors import plainly
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import ImportKind, ImportPhase, ImportProblem, ImportRun, RunStatus

Told = Callable[[ImportRun], None]


def work(
    run: ImportRun, practice: Practice, file: ImportFile, told: Told = lambda _run: None
) -> None:
    """The whole file, looked at or written; a run that was cut short goes on where it stopped."""
    is_preview = run.phase is ImportPhase.PREVIEW
    step = import_preview.look if is_preview else imports.take
    taken, before = imports.Taken(), run.done
    with transaction():
        imports.begin(run, file, at=db_now())
    reached = 0
    for batch in file.batches(imports.BATCH):
        seen = max(min(before - reached, len(batch)), 0)
        reached += len(batch)
        if seen:
            imports.pass_over(run, practice, batch[:seen], taken, at=db_now())
        if seen == len(batch):
            continue
        with transaction():
            step(run, practice, batch[seen:], taken, at=db_now())
        told(run)
    with transaction():
        (imports.ready if is_preview else imports.finish)(run, at=db_now())


def take_back(run: ImportRun, practice: Practice) -> None:
    """Undo an import in short transactions; one that was cut short goes on where it stopped."""
    left = 1
    while left:
        with transaction():
            run.status = RunStatus.RUNNING
            left = import_undo.take_back(run, practice, at=db_now())
    if run.status is RunStatus.RUNNING:  # else something stood in the way
        with transaction():
            import_undo.finish(run, at=db_now())


def work_alone(run: ImportRun, practice: Practice) -> None:
    """A run as a worker's child does it: whatever its phase, the upload removed when nobody needs it."""
    upload = Path(run.path or "a-file-that-is-gone")
    try:
        if run.phase is ImportPhase.UNDO:
            take_back(run, practice)
        else:
            work(run, practice, imports.KINDS[run.kind].open(upload))
    except BadFile as error:
        with transaction():
            imports.fail(run, error.person_text, at=db_now())
            if run.came_by != "folder":
                run.path = None
    except Exception:
        with transaction():
            imports.fail(run, "The import broke off. Let it go on.", at=db_now())
        raise
    if run.path is None and upload.is_file():
        upload.unlink()


@dataclass(frozen=True, slots=True)
class Wish:
    """Only look; or let nothing go in unless every row can."""

    preview: bool = False
    all_or_nothing: bool = False


def wishes(command: Callable[..., None]) -> Callable[..., None]:
    """The options every importing command has."""
    for name, text in (
        ("--preview", "Only say what the file would do."),
        ("--all-or-nothing", "Let nothing go in unless every row can."),
    ):
        command = click.option(name, is_flag=True, help=text)(command)
    return command


def of_a_csv(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes one CSV file into a practice, with its options."""
    file = click.Path(dir_okay=False, exists=True, path_type=Path)
    command = click.option("--practice", "slug", required=True, help="The practice's slug.")(
        wishes(command)
    )
    return click.argument("path", metavar="FILE.csv", type=file)(command)


def import_now(path: Path, slug: str, kind: ImportKind, wish: Wish = Wish()) -> None:
    """Import a file of this machine and say what became of every row that was refused."""
    with plainly():
        practice = find_practice(slug)
        file = imports.KINDS[kind].open(path)
    looks = wish.preview or wish.all_or_nothing
    with transaction():
        # Begun at once and without a path: no worker takes it, and the file stays where it is.
        run = imports.ask(
            practice, path.name, None, by=SYSTEM, at=db_now(), kind=kind, came_by="command",
            phase=ImportPhase.PREVIEW if looks else ImportPhase.COMMIT,
        )  # fmt: skip
        imports.begin(run, file, at=db_now())
    work(run, practice, file, told=_show_progress)
    if looks and not wish.preview and not run.refused:
        with transaction():
            import_choices.approve(run, by=SYSTEM, at=db_now())
            imports.begin(run, file, at=db_now())
        work(run, practice, file, told=_show_progress)
    report(run)
    if looks:
        _end(run, practice, wish)


def _end(run: ImportRun, practice: Practice, wish: Wish) -> None:
    """What was only looked at is closed; a row refused after all takes the others back with it."""
    if run.status is RunStatus.READY:
        with transaction():
            import_choices.discard(run, by=SYSTEM, at=db_now())
    elif run.refused:
        take_back(run, practice)
    if wish.preview or run.status is RunStatus.DONE:
        return
    raise click.ClickException(
        "Nothing went in: mend the refused rows, then import the file again."
    )


def report(run: ImportRun) -> None:
    """Every refused row with its column and what to do, then the counts on the last line."""
    for problem in problems_of(run):
        column = f"{problem.field}: " if problem.field else ""
        click.echo(f"line {problem.line}: {column}{problem.reason}")
    for name, times in sorted((run.passed_over or {}).items()):
        click.echo(f"passed over: {times} {name}")
    click.echo(
        f"{run.total} lines: {run.created} created, {run.updated} updated, "
        f"{run.unchanged} unchanged, {run.refused} refused."
    )


def problems_of(run: ImportRun) -> Iterator[ImportProblem]:
    """What was refused, in the order of the file."""
    yield from db.session.scalars(
        select(ImportProblem)
        .where(ImportProblem.practice_id == run.practice_id, ImportProblem.run_id == run.id)
        .order_by(ImportProblem.line)
        .execution_options(yield_per=500)
    )


def _show_progress(run: ImportRun) -> None:
    click.echo(f"{run.done} of {run.total} lines", err=True)
