"""A server's life as somebody who is not root: installed into an empty folder, served, backed up, upgraded
(refused first, twice), restored. Everything runs by the units' own commands."""

import os
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.installation import HEAD
from tests.deploy.conftest import DOMAIN, STAND_IN, Place
from tests.server import free_port, wait_until

pytestmark = pytest.mark.pure  # its database is a file of its own: once is enough
SECRET = "smtp://care:open-sesame@127.0.0.1:2525"
ANSWERS = f"# of the practice\nSMTP_URL={SECRET}\nMAIL_FROM=care@example.org\n"
PRACTICE = (
    "practice", "create", "--slug", "harbor", "--name", "Harbor", "--time-zone", "America/Los_Angeles",
    "--line", "+15035550100",
)  # fmt: skip
KEPT_IN = "from app.core.settings import VAR; print(VAR)"
STEP = '''"""A shelf for keys (before the deploy)."""

from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("shelf", sa.Column("id", sa.Integer))
    {more}
'''


def tool(name: str) -> str:
    """Debian's program; without it nothing is shown, which CI must not take for well."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") or os.environ.get("BROWSER") == "required":
            pytest.fail(f"{name} is required here")
        pytest.skip(f"no {name} on this machine")
    return found


def page(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=20
        ) as got:
            return got.status, got.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def install(place: Place) -> None:
    shared = place.folder / "from-ehr"
    done = place.make("install", f"DOMAIN={DOMAIN}", stdin=f"{ANSWERS}WORK_FOLDER={shared}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert shared.is_dir()
    for unit in ("touchline-web.service", "touchline-worker.service"):
        assert f" -{shared}\n" in (place.units / unit).read_text()
    settings = place.prefix / "etc" / "touchline.env"
    assert (mode(settings), mode(place.prefix / "data")) == (0o600, 0o700)
    assert SECRET in settings.read_text()
    key = next(line for line in settings.read_text().splitlines() if line.startswith("DATA_KEYS"))
    said = done.stdout + done.stderr + "".join(place.calls())
    assert re.search(r"asks for this code.*\n  ([A-Z2-7]{4}-){3}[A-Z2-7]{4}\n", done.stdout)
    assert "open-sesame" not in said
    assert key.split("'")[1] not in said
    others = [path for path in place.prefix.rglob("*") if path.is_file() and path != settings]
    assert not [path for path in others if b"open-sesame" in path.read_bytes()]


def install_again(place: Place) -> None:
    """Nothing is asked anew, and no key is made anew."""
    settings = place.prefix / "etc" / "touchline.env"
    before, release = settings.read_bytes(), (place.prefix / "current").resolve()
    done = place.make("install")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Changed: nothing." in done.stdout
    assert (settings.read_bytes(), (place.prefix / "current").resolve()) == (before, release)


def refuse_an_upgrade(place: Place) -> None:
    """First the backup can't be written, then the migration breaks: the old release goes on each time."""
    release, calls = (place.prefix / "current").resolve(), len(place.calls())
    step = place.source / "migrations" / "versions" / "9999_shelf.py"
    step.write_text(STEP.format(head=HEAD, more="op.execute('SELECT nothing FROM nowhere')"))
    backups = place.prefix / "backups"
    backups.chmod(0o500)
    done = place.make("upgrade")
    backups.chmod(0o700)
    assert (done.returncode, "The backup failed, so nothing was changed" in done.stderr) == (
        2,
        True,
    )
    assert len(place.calls()) == calls, "it stopped something"
    done = place.make("upgrade")
    assert (done.returncode, "goes on as before" in done.stderr) == (2, True), done.stderr
    assert [call.split()[0] for call in place.calls()[calls:]] == ["stop", "daemon-reload", "start"]
    assert (place.prefix / "current").resolve() == release
    assert [folder.name for folder in (place.prefix / "releases").iterdir()] == [release.name]


def upgrade(place: Place) -> None:
    step = place.source / "migrations" / "versions" / "9999_shelf.py"
    step.write_text(STEP.format(head=HEAD, more=""))
    changes = place.source / "CHANGELOG.md"
    new = "# Changes\n\n## 9.0.0\n\n- Keys have a shelf, and\n  keep to it.\n"
    changes.write_text(changes.read_text().replace("# Changes\n", new, 1))
    note = place.prefix / "upgrading"
    note.write_text(f"The one before was killed half-way: {HEAD}\n")
    stand_in = (sys.executable, str(STAND_IN), str(place.units), str(place.state))
    place.systemctl("stop", "touchline-web.service")
    refused = place.run(*stand_in, "start", "touchline-web.service")
    assert (refused.returncode, "killed half-way" in refused.stderr) == (1, True)
    done = place.make("upgrade")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not note.exists()
    _, told = done.stdout.split("Upgraded. ")
    assert told.splitlines() == [
        "Migrations run: 1.", "  9999 A shelf for keys (before the deploy).", "What changed:", "9.0.0",
        "- Keys have a shelf, and", "  keep to it.",
    ]  # fmt: skip


def restore(place: Place, backup: Path) -> None:
    place.systemctl("stop", "touchline-web.service")
    database = place.prefix / "data" / "touchline.db"
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("UPDATE practice SET slug = 'spoilt'")
    done = place.touchline("restore", str(backup), "--replace")
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("SELECT slug FROM practice").fetchall() == [("harbor",)]
    place.systemctl("start", "touchline-web.service")


def through_caddy(place: Place, caddy: str) -> None:
    """The site as written, but for its name and certificate: pages, sockets, and what is hidden."""
    port = free_port()
    site = (place.prefix / "caddy" / "touchline.caddy").read_text()
    file = place.folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n}\n" + site.replace(f"\n{DOMAIN} ", f"\nhttp://:{port} "))
    env = {"HOME": str(place.folder), "PATH": os.environ["PATH"]}
    with (place.folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            [caddy, "run", "--config", str(file), "--adapter", "caddyfile"],
            env=env, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: page(f"{url}/healthz")[0] == 200, seconds=20, what="Caddy passes it on")
        assert page(f"{url}/metrics")[0] == 404
        assert page(f"http://127.0.0.1:{place.port}/metrics")[0] == 200
        with socket.create_connection(("127.0.0.1", port), timeout=20) as opened:
            opened.sendall(
                b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + DOMAIN.encode()
                + b"\r\nOrigin: https://" + DOMAIN.encode() + b"\r\nConnection: Upgrade\r\n"
                b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )  # fmt: skip
            assert opened.recv(200).startswith(b"HTTP/1.1 101")
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_it_is_installed_backed_up_upgraded_and_restored(place: Place) -> None:
    install(place)
    install_again(place)
    url = f"http://127.0.0.1:{place.port}"
    status, text = page(f"{url}/sign-in")
    assert (status, "Touchline" in text) == (200, True)
    assert (place.prefix / "current" / "docs" / "help" / "navigator.md").is_file()
    kept_in = place.run("env", "-C", str(place.prefix / "current"), sys.executable, "-c", KEPT_IN)
    assert kept_in.stdout.strip() == str(place.prefix / "data")  # no release's name in a kept path
    if os.environ.get("CI") or shutil.which("caddy"):
        through_caddy(place, tool("caddy"))
    made = place.touchline(*PRACTICE)
    assert made.returncode == 0, made.stderr
    backed_up = place.unit("touchline-backup.service")
    assert backed_up.returncode == 0, backed_up.stdout
    (backup,) = (place.prefix / "backups").iterdir()
    refuse_an_upgrade(place)
    assert page(f"{url}/healthz")[0] == 200
    upgrade(place)
    assert page(f"{url}/healthz")[0] == 200
    restore(place, backup)
    wait_until(lambda: page(f"{url}/readyz")[0] == 200, seconds=40, what="it serves again")


@pytest.mark.parametrize("caddy_or_systemd", ["caddy", "systemd-analyze"])
def test_the_tools_own_validators_find_nothing(place: Place, caddy_or_systemd: str) -> None:
    program = tool(caddy_or_systemd)
    written = (
        "import sys; from deploy import places, units\n"
        "found = places.read({'PREFIX': sys.argv[1], 'DOMAIN': sys.argv[2]})\n"
        "units.write(found)\n"
        "found.releases.mkdir(); found.current.symlink_to('releases')"
    )
    done = place.run(sys.executable, "-c", written, str(place.prefix), DOMAIN)
    assert done.returncode == 0, done.stderr
    venv = place.prefix / "releases" / ".venv"
    venv.symlink_to(Path(sys.prefix))
    if caddy_or_systemd == "caddy":
        contained = place.source / "deploy" / "caddy" / "compose.Caddyfile"
        for file in (place.prefix / "caddy" / "Caddyfile", contained):
            words = ["env", f"DOMAIN={DOMAIN}", program, "validate", "--config", str(file)]
            checked = place.run(*words, "--adapter", "caddyfile")
            assert checked.returncode == 0, checked.stderr
    else:
        units = sorted(str(path) for path in place.units.iterdir())
        assert len(units) == 4
        checked = place.run(program, "verify", "--man=no", *units)
        assert checked.stderr.strip() == ""
    assert checked.returncode == 0, checked.stderr
