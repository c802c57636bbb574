"""`make install`: folders, settings, code, database, units, site. Each step looks at what is there first, so
that a second run changes only what was said anew. It never seeds."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy import places as where
from deploy import release, settings_file, units
from deploy.places import Places
from deploy.stop import Stop, say

KEYS = (
    "SECRET_KEY and DATA_KEYS were made. Copy {file} to a safe place, apart from the backups: "
    "without it nobody can read them."
)
NEXT = """
Touchline is installed in {prefix}.
  settings   {file} (only {user} can read it)
  commands   {command} doctor
  backups    {backups}, each night, the last {keep}
  address    {url}
Open it and follow the set-up. It asks for this code (again: {command} setup-code):"""


def run(said: Mapping[str, str]) -> None:
    settings_file.check_command_line(said)
    is_again = bool(where.recorded(said))
    places = where.read(said)
    make_user(places)
    make_folders(places)
    known = settings_file.read(places.env_file)
    settings = settings_file.complete(places, known, settings_file.ask(known))
    first = not places.current.exists()
    code = (
        release.make(places, use_venv=said.get("USE_VENV")) if first else places.current.resolve()
    )
    try:
        release.check_settings(places, code, settings)
        is_new = settings_file.write(places.env_file, settings, places.owner())
        if first:
            migrate(places, code, settings)
    except BaseException:
        if first:
            shutil.rmtree(code, ignore_errors=True)
        raise
    if first:
        release.point(places, code)
    places.record()
    make_shared(places, settings_file.folders(settings))
    changed = units.write(places, settings_file.folders(settings))
    start(places, units.Systemd(places, said), restart=is_again and (is_new or bool(changed)))
    tell(places, settings, changed, first=first, is_new=is_new)


def make_user(places: Places) -> None:
    """As root: a user of its own that nobody can sign in as."""
    if os.geteuid() != 0:
        return
    found = subprocess.run(["id", places.user], capture_output=True, check=False)
    if found.returncode:
        say(f"Making the user {places.user}.")
        command = ["useradd", "--system", "--home-dir", places.data, "--shell", "/usr/sbin/nologin"]
        if subprocess.run([*command, places.user], check=False).returncode:
            raise Stop(f"The user {places.user} could not be made: see above.")


def make_folders(places: Places) -> None:
    owner = places.owner()
    for path in (places.prefix, places.config, str(places.releases)):
        Path(path).mkdir(parents=True, exist_ok=True, mode=0o755)
    for path in (places.data, places.backups):
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if owner:
            os.chown(folder, *owner)


def make_shared(places: Places, folders: Sequence[str]) -> None:
    """Folders that other programs write to or read: one that is there stays as it is."""
    for folder in map(Path, folders):
        if folder.exists():
            continue
        folder.mkdir(parents=True, mode=0o770)
        if owner := places.owner():
            os.chown(folder, *owner)


def migrate(places: Places, code: Path, settings: Mapping[str, str]) -> None:
    done = release.flask(places, code, settings, "db", "upgrade")
    if done.returncode:
        raise Stop(f"The database could not be made ready: {last_line(done.stderr or done.stdout)}")


def last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no word of why")


def start(places: Places, systemd: units.Systemd, *, restart: bool) -> None:
    if not systemd.is_here:
        units.by_hand(places)
        return
    systemd.set_up()
    if restart:
        systemd.tell("restart", *units.RUNNING)
    systemd.reload_caddy()
    if not units.answers(places):
        raise Stop(
            "Installed, but Touchline does not answer yet: journalctl -u touchline-web says why."
        )


def tell(
    places: Places, settings: Mapping[str, str], changed: list[str], *, first: bool, is_new: bool
) -> None:
    if not first:
        say(f"Changed: {', '.join([*changed, *(['settings'] if is_new else [])]) or 'nothing'}.")
        say("The code stayed as it was; `make upgrade` brings this checkout's.")
        return
    say(KEYS.format(file=places.env_file))
    if not shutil.which("caddy"):
        say("No Caddy here: apt-get install caddy, then systemctl reload caddy.")
    say(
        NEXT.format(
            prefix=places.prefix, file=places.env_file, user=places.user, command=places.command,
            backups=places.backups, keep=places.keep, url=places.public_url,
        )
    )  # fmt: skip
    code = release.flask(places, places.current.resolve(), settings, "setup-code")
    say(f"  {code.stdout.strip() or last_line(code.stderr)}")
