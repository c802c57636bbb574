"""The installation's settings: NAME='value' lines that systemd, a shell and Docker read alike, for their
owner's eyes only. Secrets are made here or asked for on standard input, and stand nowhere else."""

import getpass
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from deploy.places import PLAIN_PATH, Places
from deploy.stop import Stop, say

#: Asked for, in this order: the question, and whether what is typed stays hidden.
QUESTIONS = {
    "CARRIER": ("twilio, or sandbox: texts stay on this server (empty: by what follows)", False),
    "TWILIO_ACCOUNT_SID": ("Twilio account SID (empty: each practice brings its own, or later)", False),
    "TWILIO_AUTH_TOKEN": ("Twilio auth token", True),
    "SMTP_URL": ("Mail server, smtp://user:password@host:587 (empty: no e-mail)", True),
    "MAIL_FROM": ("Sender of e-mails", False),
    "DATABASE_URL": ("Database (empty: SQLite), postgresql+psycopg://user:password@host/name", True),
    "DATABASE_OWNER_URL": ("Database as the owner of its tables (empty: the same)", True),
    "REDIS_URL": ("Redis (empty: none, one process)", True),
}  # fmt: skip
#: Folders shared with other programs or machines: never asked for, taken from standard input, and the units
#: may write there.
FOLDERS = ("WORK_FOLDER", "MAIL_BOUNCES", "LEDGER_CHECKPOINTS")
#: Made, never asked for; nobody should know them by heart.
MADE = ("SECRET_KEY", "DATA_KEYS")
ON_COMMAND_LINE = (
    "{name} was given on make's command line, where every user of this machine can read it. "
    "Nothing was done. Leave it out: it is asked for on standard input. Change it at its source now."
)
HEAD = "# Touchline's settings; docs/operations.md lists them. Restart after a change.\n"


def check_command_line(environ: Mapping[str, str]) -> None:
    """Raise Stop for a secret among make's own arguments."""
    for name in (*QUESTIONS, *MADE):
        words = environ.get("MAKEFLAGS", "").split()
        if any(word.startswith((f"{name}=", f"{name}:=")) for word in words):
            raise Stop(ON_COMMAND_LINE.format(name=name))


def read(path: Path) -> dict[str, str]:
    """The settings in a file; {} when there is none."""
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name.strip()] = value.strip().removeprefix("'").removesuffix("'")
    return found


def ask(known: Mapping[str, str]) -> dict[str, str]:
    """What somebody answers now. A terminal is asked one by one; else NAME=value lines are read."""
    return _ask_person(known) if sys.stdin.isatty() else _read_lines()


def _ask_person(known: Mapping[str, str]) -> dict[str, str]:
    say("Some questions. What you type for a secret is not shown; Enter keeps what is set.")
    answers: dict[str, str] = {}
    for name, (question, is_hidden) in QUESTIONS.items():
        if name == "MAIL_FROM" and not (known.get("SMTP_URL") or answers.get("SMTP_URL")):
            continue
        prompt = f"{question}{' [set]' if known.get(name) else ''}: "
        typed = getpass.getpass(prompt) if is_hidden else input(prompt)
        if typed.strip():
            answers[name] = typed.strip()
    return answers


def _read_lines() -> dict[str, str]:
    answers, known = {}, (*QUESTIONS, *FOLDERS)
    for line in sys.stdin.read().splitlines():
        name, equals, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals or name not in known:
            raise Stop(f"Standard input may hold lines like NAME=value, of {', '.join(known)}.")
        answers[name] = value.strip().strip("'\"")
    return answers


def complete(
    places: Places, known: Mapping[str, str], answers: Mapping[str, str]
) -> dict[str, str]:
    """Everything that must stand in the file. Keys that are there stay: without them data is unreadable."""
    merged = dict(known) | dict(answers)
    merged.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    merged.setdefault("DATA_KEYS", urlsafe_b64encode(secrets.token_bytes(32)).decode())
    merged.setdefault("DATABASE_URL", f"sqlite:///{places.data}/touchline.db")
    merged.setdefault("PROXY_HOPS", "1")
    merged.setdefault("SEED", "refuse")
    merged |= {
        "PUBLIC_URL": places.public_url, "PORT": str(places.port), "BACKUP_DIR": places.backups,
    }  # fmt: skip
    by_account = answers.get("TWILIO_ACCOUNT_SID") and "CARRIER" not in answers
    if by_account or "CARRIER" not in merged:
        merged["CARRIER"] = "twilio" if merged.get("TWILIO_ACCOUNT_SID") else "sandbox"
    for name, value in merged.items():
        if any(sign in value for sign in "'\\") or not value.isprintable():
            raise Stop(
                f"{name} holds a quote, a backslash or a line end. In addresses write them as %27 or %5C."
            )
    folders(merged)
    return merged


def folders(settings: Mapping[str, str]) -> list[str]:
    """Folders outside the data that are written to. Raises Stop for one that no unit can name."""
    found = [(name, settings[name]) for name in FOLDERS if settings.get(name)]
    for name, path in found:
        if not PLAIN_PATH.fullmatch(path) or ".." in path:
            raise Stop(f"{name} must be a full path of letters, digits, dots and dashes.")
    return [path for _, path in found]


def write(path: Path, wanted: Mapping[str, str], owner: tuple[int, int] | None) -> bool:
    """Put what is new into the file, in one step, readable by its owner only; whether anything changed."""
    known = read(path)
    if known == dict(wanted):
        return False
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else HEAD.splitlines()
    for name, value in wanted.items():
        line = f"{name}='{value}'"
        at = next((n for n, old in enumerate(lines) if old.startswith(f"{name}=")), None)
        if at is None:
            lines.append(line)
        elif known.get(name) != value:
            lines[at] = line
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if owner:
            os.fchown(file.fileno(), *owner)
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    return True
