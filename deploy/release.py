"""One release: the code of this checkout in a folder of its own, owned by whoever installs, with the packages
its lock names. Releases with the same lock share them. Nothing that runs is touched."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.places import SOURCE, Places
from deploy.stop import Stop, say

#: What runs it, and what somebody reads who looks after it.
PARTS = (
    "app", "messaging", "workers", "migrations", "wsgi.py", "gunicorn.conf.py", "requirements.lock",
    "CHANGELOG.md", "LICENSE", "docs/help", "docs/operations.md",
)  # fmt: skip
BUILT = ("app/static/vendor/htmx.min.js", "app/translations/es/LC_MESSAGES/messages.mo")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*_cache")


def make(places: Places, *, use_venv: str | None) -> Path:
    """A new folder under releases/. Raises Stop; then the folder is gone again."""
    for path in BUILT:
        if not (SOURCE / path).exists():
            raise Stop(f"{path} is missing: run `make setup` in {SOURCE} first.")
    folder = places.releases / f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S.%f}Z"
    folder.mkdir(parents=True, mode=0o755)
    try:
        for part in PARTS:
            _copy(SOURCE / part, folder / part)
        (folder / "var").symlink_to(places.data)
        (folder / ".venv").symlink_to(use_venv or _packages(places))
        python = str(folder / ".venv" / "bin" / "python")
        subprocess.run([python, "-m", "compileall", "-q", str(folder)], check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Stop(f"{error.cmd[0]} failed: see above. Nothing that runs was changed.") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT)
    else:
        shutil.copy(source, target)


def _packages(places: Places) -> Path:
    """The virtual environment of this lock, made when it is not there yet."""
    lock = SOURCE / "requirements.lock"
    folder = Path(places.prefix, "venvs", hashlib.sha256(lock.read_bytes()).hexdigest()[:16])
    stamp = folder / ".complete"
    if not stamp.exists():
        say("Installing the Python packages (about a minute).")
        base = getattr(sys, "_base_executable", sys.executable)
        subprocess.run([base, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq"]
        subprocess.run(
            [*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(lock)], check=True
        )
        stamp.touch()
    return folder


def point(places: Places, folder: Path) -> None:
    """Make `folder` the one in use, in one step."""
    fresh = Path(places.prefix, ".current")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder)
    os.replace(fresh, places.current)


def forget_old(places: Places, *keep: Path) -> None:
    """Remove releases that nobody goes back to."""
    for folder in places.releases.iterdir():
        if folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def flask(
    places: Places, release: Path, settings: Mapping[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    """Run one admin command of a release as the user that owns the data; secrets go by environment."""
    return _as_owner(places, release, settings, ["-m", "flask", "--app", "wsgi", *words])


def check_settings(places: Places, release: Path, settings: Mapping[str, str]) -> None:
    """Raise Stop with Touchline's own sentence when it would not start with these."""
    program = (
        "from app.core.settings import read_settings\n"
        "from app.core.errors import ConfigError\n"
        "try: read_settings()\n"
        "except ConfigError as error: print(error.person_text)"
    )
    done = _as_owner(places, release, settings, ["-c", program])
    if done.returncode or done.stdout.strip():
        raise Stop(f"{done.stdout.strip() or done.stderr.strip()} Nothing was changed.")


def _as_owner(
    places: Places, release: Path, settings: Mapping[str, str], arguments: list[str]
) -> subprocess.CompletedProcess[str]:
    owner = places.owner()
    who: dict[str, Any] = {}
    if owner:
        who = {"user": owner[0], "group": owner[1], "extra_groups": []}
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(release / ".venv" / "bin" / "python"), *arguments],
        cwd=release, env=kept | dict(settings), text=True, stdin=subprocess.DEVNULL,
        capture_output=True, check=False, umask=0o077, **who,
    )  # fmt: skip
    return done
