"""A server of one's own in an empty folder: a copy of this tree, and `make` in it by no root."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy import systemd_stand_in
from tests.server import ROOT, free_port

VENV = Path(sys.prefix)
STAND_IN = Path(systemd_stand_in.__file__)
DOMAIN = "touchline.example.org"
#: Somebody without rights whom Debian brings. Where only root may look into the tree, reading is let through.
PLAIN = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"]
READING = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


def as_somebody() -> list[str]:
    """What makes a command run as no root; [] for who is none already."""
    if os.geteuid() != 0:
        return []
    for prefix in (PLAIN, [*PLAIN, *READING]):
        tried = subprocess.run(
            [*prefix, "env", str(VENV / "bin" / "python"), "-c", "import flask, redis"],
            capture_output=True, check=False, cwd="/",
        )  # fmt: skip
        if tried.returncode == 0:
            return prefix
    return pytest.fail("nobody but root can read this tree, and root may not pass that on")


@dataclass
class Place:
    """A copy of the tree, an empty prefix beside it, and a systemd of its own."""

    folder: Path
    somebody: list[str]
    port: int

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def prefix(self) -> Path:
        return self.folder / "touchline"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def units(self) -> Path:
        return self.prefix / "systemd"

    def run(self, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return subprocess.run(
            [*self.somebody, *command], cwd=self.source, env=env, input=stdin, text=True,
            capture_output=True, timeout=240, check=False,
        )  # fmt: skip

    def make(self, target: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        systemctl = f"{sys.executable} {STAND_IN} {self.units} {self.state}"
        said = [f"PREFIX={self.prefix}", f"USE_VENV={VENV}", f"WEB_PORT={self.port}"]
        return self.run("make", "-s", target, *said, f"SYSTEMCTL={systemctl}", *words, stdin=stdin)

    def unit(self, name: str) -> subprocess.CompletedProcess[str]:
        """What a oneshot unit does, to its end."""
        program = (
            "import sys; from pathlib import Path; from tests.deploy.systemd_stand_in import run\n"
            "done = run(Path(sys.argv[1])); print(done.stdout + done.stderr); sys.exit(done.returncode)"
        )
        path = str(self.units / name)
        return self.run("env", f"PYTHONPATH={ROOT}", sys.executable, "-c", program, path)

    def calls(self) -> list[str]:
        file = self.state / "calls"
        return file.read_text().splitlines() if file.exists() else []

    def systemctl(self, *words: str) -> None:
        done = self.run(sys.executable, str(STAND_IN), str(self.units), str(self.state), *words)
        assert done.returncode == 0, done.stderr

    def touchline(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(self.prefix / "bin" / "touchline"), *words)


def copy_tree(target: Path) -> None:
    """What a release is made of, and what makes it."""
    from deploy.release import LEFT_OUT, PARTS

    for part in (*PARTS, "deploy", "Makefile"):
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, target / part, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / part, target / part)


@pytest.fixture
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp(prefix="touchline-"))  # pytest's own folders let only root in
    made = Place(folder, as_somebody(), free_port())
    made.state.mkdir()
    copy_tree(made.source)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.lchown(path, 1, 1)
    yield made
    for pid_file in made.state.glob("*.pid"):
        made.systemctl("stop", pid_file.stem)
    shutil.rmtree(folder)
