"""An upgrade that is broken off leaves the old release running."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy import half_way, places, release, signals, units, upgrade
from deploy.stop import Stop
from tests.deploy import systemd_stand_in
from tests.deploy.test_words import here

pytestmark = pytest.mark.pure


class Told(units.Systemd):
    """Notes what it is told."""

    calls: list[str]

    def __init__(self, *_: object) -> None:
        self.command, self.calls = ["noted"], []
        TOLD.append(self)

    def tell(self, *words: str, must: bool = True) -> None:
        self.calls.append(words[0])
        if words[0] in (BREAKS.get("at"), "start"):
            os.kill(os.getpid(), BREAKS["how"])


TOLD: list[Told] = []
BREAKS: dict[str, Any] = {}


@pytest.fixture
def as_before() -> Iterator[None]:
    found = {each: signal.getsignal(each) for each in signals.HEARD}
    yield
    for each, handler in found.items():
        signal.signal(each, handler)


def stand_still(monkeypatch: pytest.MonkeyPatch, found: places.Places, new: Path) -> None:
    """Everything that would touch the machine."""
    monkeypatch.setattr(places, "recorded", lambda _: {"PREFIX": "x"})
    monkeypatch.setattr(places, "read", lambda _: found)
    monkeypatch.setattr(upgrade, "make_user", lambda _: None)
    monkeypatch.setattr(release, "make", lambda *_, **__: new)
    monkeypatch.setattr(release, "check_settings", lambda *_: None)
    monkeypatch.setattr(units, "Systemd", Told)
    monkeypatch.setattr(units, "answers", lambda _: True)
    monkeypatch.setattr(upgrade, "tell", lambda *_: None)
    monkeypatch.setattr(release, "forget_old", lambda *_: None)
    monkeypatch.setattr(units, "write", lambda *_: [])
    monkeypatch.setattr(upgrade.settings_file, "write", lambda *_: None)
    monkeypatch.setattr(upgrade.settings_file, "read", lambda _: {})
    monkeypatch.setattr(upgrade.settings_file, "complete", lambda *_: {})


@pytest.mark.parametrize("how", signals.HEARD)
@pytest.mark.parametrize(
    ("at", "calls"),
    [
        ("backup", []),
        ("stop", ["stop", "daemon-reload", "start"]),
        ("migration", ["stop", "daemon-reload", "start"]),
        ("committed", ["stop", "daemon-reload", "start"]),
    ],
)
def test_it_starts_what_it_stopped_when_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_before: None, how: signal.Signals, at: str,
    calls: list[str],
) -> None:  # fmt: skip
    """By Ctrl-C, a connection that drops, a kill; and whoever presses twice changes nothing. Once the
    migrations are in the database it is the new release that is started."""
    found, new = here(tmp_path), tmp_path / "new"
    new.mkdir()
    Path(found.prefix).mkdir()
    note = Path(found.prefix, "upgrading")
    schema = ["0001"]

    def step(name: str) -> str:
        if name == at or (name, at) == ("migration", "committed"):
            assert name == "backup" or "make upgrade" in note.read_text()
            if at == "committed":
                schema.append("0002")
            os.kill(os.getpid(), how)
        return name

    monkeypatch.setitem(BREAKS, "at", at)
    monkeypatch.setitem(BREAKS, "how", how)
    signals.heed()
    monkeypatch.setattr(upgrade, "back_up", lambda *_: step("backup"))
    monkeypatch.setattr(upgrade, "migrate", lambda *_: step("migration"))
    monkeypatch.setattr(upgrade, "schema_of", lambda *_: schema[-1])
    stand_still(monkeypatch, found, new)
    if at == "committed":
        upgrade.run({})
        assert found.current.resolve() == new
    else:
        with pytest.raises(KeyboardInterrupt):
            upgrade.run({})
        assert not new.exists()
    assert TOLD[-1].calls[:3] == calls  # Caddy is told where there is one
    assert not note.exists()


def test_it_starts_nothing_when_the_database_does_not_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> str:
        raise Stop("no answer")

    found = here(tmp_path)
    monkeypatch.setattr(upgrade, "schema_of", silent)
    with pytest.raises(Stop, match="nothing was started: no answer"):
        upgrade.has_moved(found, tmp_path / "new", {}, "0001", "b")


def test_one_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    """What it found is kept, whatever the database has come to since; and no unit starts beside it."""
    found = here(tmp_path)
    Path(found.prefix).mkdir()
    half_way.note(found, "0001")
    assert half_way.schema_before(found) == "0001"
    units.write(found)
    for name in units.RUNNING:
        [asked] = systemd_stand_in.unit(Path(found.systemd, name))["ExecStartPre"]
        for code, says in ((1, "make upgrade"), (0, "")):
            done = subprocess.run(shlex.split(asked), capture_output=True, text=True, check=False)
            assert (done.returncode, says in done.stderr) == (code, True)
            half_way.forget(found)
        half_way.note(found, "0001")


def test_it_changes_nothing_when_the_packages_cannot_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip fails: no release is left behind, nothing is stopped, and the next try begins anew."""
    found, asked = here(tmp_path), []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        if "pip" in words:
            raise subprocess.CalledProcessError(1, words)
        Path(words[-1]).mkdir(parents=True, exist_ok=True)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(release.subprocess, "run", run)
    monkeypatch.setattr(release, "BUILT", ())
    for tries in (1, 2):
        with pytest.raises(Stop, match="Nothing that runs was changed"):
            release.make(found, use_venv=None)
        assert len([words for words in asked if "--clear" in words]) == tries
    assert list(found.releases.iterdir()) == []
    assert not [*Path(found.prefix, "venvs").glob("*/.complete")]
