"""Where an installation lies and what it is called. Make's variables, kept in PREFIX/install.json."""

import json
import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.stop import Stop

SYSTEM_PREFIX = "/opt/touchline"
SOURCE = Path(__file__).resolve().parent.parent
#: A host name, and for a first look at home a port; no scheme, no path.
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*(?::\d{2,5})?")
#: What units, a shell and Caddy read alike without quotes.
PLAIN_PATH = re.compile(r"/[A-Za-z0-9._/-]+")


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute paths, and the few words that stand in units and in the site."""

    prefix: str
    config: str
    data: str
    backups: str
    systemd: str
    caddy: str
    domain: str
    user: str
    port: int = 8000
    keep: int = 14

    def __post_init__(self) -> None:
        if not DOMAIN.fullmatch(self.domain):
            raise Stop("Say the address people open, like DOMAIN=touchline.example.org.")
        for path in (
            self.prefix, self.config, self.data, self.backups, self.systemd, self.caddy,
        ):  # fmt: skip
            if not PLAIN_PATH.fullmatch(path) or ".." in path:
                raise Stop(f"{path!r} must be a full path of letters, digits, dots and dashes.")
        if not 0 < self.port < 65536 or not 0 < self.keep < 1000:
            raise Stop("PORT is a number up to 65535, KEEP_BACKUPS one from 1 to 999.")

    @property
    def current(self) -> Path:
        """The release in use: a link that is replaced in one step."""
        return Path(self.prefix, "current")

    @property
    def releases(self) -> Path:
        return Path(self.prefix, "releases")

    @property
    def env_file(self) -> Path:
        return Path(self.config, "touchline.env")

    @property
    def command(self) -> Path:
        return Path(self.prefix, "bin", "touchline")

    @property
    def public_url(self) -> str:
        return f"https://{self.domain}"

    def owner(self) -> tuple[int, int] | None:
        """Whom data belongs to and who runs it; None = whoever installs, who is not root."""
        if os.geteuid() != 0:
            return None
        try:
            found = pwd.getpwnam(self.user)
        except KeyError:
            raise Stop(f"There is no user {self.user}.") from None
        return found.pw_uid, found.pw_gid

    def record(self) -> None:
        path = Path(self.prefix, "install.json")
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        path.chmod(0o644)


def prefix_of(said: Mapping[str, str]) -> str:
    wanted = said.get("PREFIX") or (SYSTEM_PREFIX if os.geteuid() == 0 else "")
    if not wanted:
        raise Stop(f"Run it as root, or say a folder of yours: PREFIX={Path.home()}/touchline")
    return os.path.abspath(wanted)


def recorded(said: Mapping[str, str]) -> dict[str, object]:
    """What an earlier run kept; {} before the first."""
    path = Path(prefix_of(said), "install.json")
    if not path.exists():
        return {}
    known: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return known


def read(said: Mapping[str, str]) -> Places:
    """What was said now, else what was kept, else the usual. Raises Stop for what makes no sense."""
    prefix = prefix_of(said)
    is_root, is_system = os.geteuid() == 0, prefix == SYSTEM_PREFIX
    usual: dict[str, object] = {
        "prefix": prefix,
        "config": "/etc/touchline" if is_system else f"{prefix}/etc",
        "data": "/var/lib/touchline" if is_system else f"{prefix}/data",
        "backups": "/var/backups/touchline" if is_system else f"{prefix}/backups",
        "systemd": "/etc/systemd/system" if is_root else f"{prefix}/systemd",
        "caddy": "/etc/caddy" if is_root else f"{prefix}/caddy",
        "domain": "",
        "user": "touchline" if is_root else pwd.getpwuid(os.geteuid()).pw_name,
    }
    names = {
        "CONFIG_DIR": "config", "DATA_DIR": "data", "BACKUP_DIR": "backups", "SYSTEMD_DIR": "systemd",
        "CADDY_DIR": "caddy", "DOMAIN": "domain", "SERVICE_USER": "user", "WEB_PORT": "port",
        "KEEP_BACKUPS": "keep",
    }  # fmt: skip
    now: dict[str, object] = {
        field: os.path.abspath(said[name]) if name.endswith("_DIR") else said[name]
        for name, field in names.items() if said.get(name)
    }  # fmt: skip
    merged = usual | recorded(said) | now
    try:
        for number in ("port", "keep"):
            if number in merged:
                merged[number] = int(str(merged[number]))
    except ValueError:
        raise Stop("WEB_PORT and KEEP_BACKUPS are whole numbers.") from None
    merged["domain"] = str(merged["domain"]).lower().removeprefix("https://").rstrip("/")
    return Places(**merged)  # type: ignore[arg-type]
