"""The units and the site, from the templates beside this file; and systemd, where it is there to be told."""

import os
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.places import SOURCE, Places
from deploy.stop import Stop, say

WEB, WORKER, TIMER = "touchline-web.service", "touchline-worker.service", "touchline-backup.timer"
RUNNING = (WEB, WORKER)
HOMES = ("/home/", "/root/", "/run/user/")
SITE = "touchline.caddy"


def write(places: Places, folders: Sequence[str] = ()) -> list[str]:
    """Units, site and the `touchline` command; the names of those that changed. `folders`: more that may be
    written to."""
    changed = []
    for template in sorted((SOURCE / "deploy" / "systemd").iterdir()):
        target = Path(places.systemd, template.name)
        changed += _write(places, template, target, folders, mode=0o644)
    site, command = SOURCE / "deploy" / "caddy" / SITE, SOURCE / "deploy" / "touchline"
    changed += _write(places, site, Path(places.caddy, SITE), mode=0o644)
    changed += _write(places, command, places.command, mode=0o755)
    return changed + _name_site(Path(places.caddy, "Caddyfile"))


def _write(
    places: Places, template: Path, target: Path, folders: Sequence[str] = (), *, mode: int
) -> list[str]:
    text = filled(places, template.read_text(encoding="utf-8"), folders)
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return []
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(mode)
    fresh.rename(target)
    return [target.name]


def filled(places: Places, text: str, folders: Sequence[str] = ()) -> str:
    all_of_them = (places.prefix, places.data, places.backups, *folders)
    is_home = any(f"{path}/".startswith(HOMES) for path in all_of_them)
    values = {
        "CURRENT": str(places.current), "PREFIX": places.prefix,
        "ENV_FILE": str(places.env_file), "DATA": places.data,
        "BACKUPS": places.backups, "USER": places.user, "DOMAIN": places.domain,
        "PORT": str(places.port), "KEEP": str(places.keep),
        "FOLDERS": "".join(f" -{path}" for path in folders),  # one that is missing stops no start
        "PROTECT_HOME": "read-only" if is_home else "yes",
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _name_site(caddyfile: Path) -> list[str]:
    """Caddy's own file names ours; what else stands in it stays."""
    line = f"import {SITE}"
    text = caddyfile.read_text(encoding="utf-8") if caddyfile.exists() else ""
    if line in text.splitlines():
        return []
    caddyfile.write_text(f"{text.rstrip()}\n\n{line}\n".lstrip(), encoding="utf-8")
    return [caddyfile.name]


class Systemd:
    """systemctl, or what SYSTEMCTL names instead; where neither is, what a person must do is said."""

    def __init__(self, places: Places, said: Mapping[str, str]) -> None:
        is_real = places.systemd == "/etc/systemd/system" and Path("/run/systemd/system").is_dir()
        named = said.get("SYSTEMCTL") or ("systemctl" if is_real else "")
        self.command = shlex.split(named)

    @property
    def is_here(self) -> bool:
        return bool(self.command)

    def tell(self, *words: str, must: bool = True) -> None:
        """Raises Stop when it must work and does not."""
        if not self.is_here:
            return
        # In a group of its own: a Ctrl-C ends the upgrade in order, not what it starts again.
        done = subprocess.run([*self.command, *words], check=False, process_group=0)
        if done.returncode and must:
            raise Stop(f"systemctl {' '.join(words)} failed: see above, and journalctl -u {WEB}.")

    def set_up(self) -> None:
        self.tell("daemon-reload")
        self.tell("enable", "--now", *RUNNING, TIMER)

    def stop(self) -> None:
        self.tell("stop", *RUNNING)

    def start(self) -> None:
        self.tell("daemon-reload")
        self.tell("start", *RUNNING)

    def reload_caddy(self) -> None:
        if self.is_here and os.path.exists("/usr/bin/caddy"):
            self.tell("reload-or-restart", "caddy", must=False)


def answers(places: Places, *, seconds: float = 60) -> bool:
    """Whether the web process answers within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{places.port}/healthz", timeout=3):
                return True
        except OSError:
            time.sleep(0.2)
    return False


def by_hand(places: Places) -> None:
    say(f"No systemd here. The units are in {places.systemd}: start {', '.join(RUNNING)}, {TIMER}.")
