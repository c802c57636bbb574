"""`make upgrade`: this checkout's code beside the running one, a backup, the migrations, a restart. Until the
migrations are through, every way out leaves the old release running as it was; then nothing stops it, and the
old one never runs on the new one's database."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from deploy import half_way, news, release, settings_file, signals, units
from deploy import places as where
from deploy.install import last_line, make_user
from deploy.places import Places
from deploy.stop import Stop, say

NOT_INSTALLED = "Nothing is installed in {prefix}: run `make install` first."
NO_BACKUP = "The backup failed, so nothing was changed: {why}"
NOT_MIGRATED = (
    "The migration failed and was rolled back whole; Touchline goes on as before. It said: {why}\n"
    "The backup of before is {backup}."
)
WENT_IN = "It was broken off when the migrations were through already: the new release goes on."
UNKNOWN = (
    "Whether the migrations went in cannot be told, so nothing was started: {why}\n"
    "Run `make upgrade` again when the database answers. The backup of before is {backup}."
)
SILENT = (
    "The new release does not answer: journalctl -u touchline-web says why. To go back, as root:\n"
    "  systemctl stop touchline-web touchline-worker\n"
    "  ln -sfn {old} {current}\n"
    "  {command} restore {backup} --replace\n"
    "  {command} doctor --reconcile\n"
    "  systemctl start touchline-web touchline-worker"
)


def run(said: Mapping[str, str]) -> None:
    settings_file.check_command_line(said)
    if not where.recorded(said):
        raise Stop(NOT_INSTALLED.format(prefix=where.prefix_of(said)))
    places = where.read(said)
    make_user(places)
    old = places.current.resolve()
    settings = settings_file.complete(places, settings_file.read(places.env_file), {})
    new = release.make(places, use_venv=said.get("USE_VENV"))
    systemd = units.Systemd(places, said)
    is_stopping = False
    try:
        release.check_settings(places, new, settings)
        backup = back_up(places, old, settings)
        before = half_way.schema_before(places) or schema_of(places, new, settings)
        is_stopping = True
        half_way.note(places, before)
        systemd.stop()
        migrated = migrate(places, new, settings, backup)
        signals.hold()  # the database is the new release's: from here on only forward
    except BaseException:
        signals.hold()
        if not (is_stopping and has_moved(places, new, settings, before, backup)):
            shutil.rmtree(new, ignore_errors=True)
            if is_stopping:
                go_on(places, systemd)
            raise
        say(WENT_IN)
        migrated = []
    finish(places, old, new, backup, systemd)
    tell(old, new, migrated)
    release.forget_old(places, old, new)


def back_up(places: Places, old: Path, settings: Mapping[str, str]) -> str:
    """Where the backup lies. Raises Stop when there is none."""
    say("Backing up.")
    done = release.flask(places, old, settings, "backup", places.backups)
    made = last_line(done.stdout)
    if done.returncode or not Path(made).is_dir():
        raise Stop(NO_BACKUP.format(why=last_line(done.stderr or done.stdout)))
    say(f"  {made}")
    return made


def go_on(places: Places, systemd: units.Systemd) -> None:
    """Start the old release again, whatever broke off the upgrade."""
    half_way.forget(places)
    systemd.start()
    if systemd.is_here:
        units.answers(places)


def schema_of(places: Places, new: Path, settings: Mapping[str, str]) -> str:
    """The migration the database has come to. Raises Stop."""
    done = release.flask(places, new, settings, "db", "schema")
    if done.returncode:
        raise Stop(last_line(done.stderr or done.stdout))
    return last_line(done.stdout)


def has_moved(
    places: Places, new: Path, settings: Mapping[str, str], before: str, backup: str
) -> bool:
    """Whether the database is the new release's. Raises Stop when it does not say: then nothing starts."""
    try:
        return schema_of(places, new, settings) != before
    except Stop as error:
        shutil.rmtree(new, ignore_errors=True)
        raise Stop(UNKNOWN.format(why=error, backup=backup)) from None


def migrate(places: Places, new: Path, settings: Mapping[str, str], backup: str) -> list[str]:
    """What ran. All of it is one transaction. Raises Stop when it fails."""
    say("Migrating.")
    done = release.flask(places, new, settings, "db", "upgrade")
    if done.returncode:
        why = last_line(done.stderr or done.stdout)
        raise Stop(NOT_MIGRATED.format(why=why, backup=backup))
    return [line for line in done.stdout.splitlines() if line.startswith("  ")]


def finish(places: Places, old: Path, new: Path, backup: str, systemd: units.Systemd) -> None:
    release.point(places, new)
    settings = settings_file.complete(places, settings_file.read(places.env_file), {})
    settings_file.write(places.env_file, settings, places.owner())
    places.record()
    units.write(places, settings_file.folders(settings))
    half_way.forget(places)
    if not systemd.is_here:
        units.by_hand(places)
        return
    systemd.start()
    systemd.reload_caddy()
    if not units.answers(places):
        raise Stop(
            SILENT.format(old=old, current=places.current, command=places.command, backup=backup)
        )


def tell(old: Path, new: Path, migrated: list[str]) -> None:
    say(f"Upgraded. Migrations run: {len(migrated) or 'none'}.")
    for line in migrated:
        say(line)
    fresh = news.between(old / "CHANGELOG.md", new / "CHANGELOG.md")
    say("What changed:" if fresh else "The changelog has nothing new.")
    for entry in fresh:
        say(entry)
