"""An upgrade that is broken off leaves the old release running."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy import places, release, signals, units, upgrade
from deploy.stop import Stop
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


@pytest.mark.parametrize("how", signals.HEARD)
@pytest.mark.parametrize(
    ("at", "calls"),
    [
        ("backup", []),
        ("stop", ["stop", "daemon-reload", "start"]),
        ("migration", ["stop", "daemon-reload", "start"]),
    ],
)
def test_it_starts_what_it_stopped_when_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_before: None, how: signal.Signals, at: str,
    calls: list[str],
) -> None:  # fmt: skip
    """By Ctrl-C, a connection that drops, a kill; and whoever presses twice changes nothing."""
    found, new = here(tmp_path), tmp_path / "new"
    new.mkdir()

    def step(name: str) -> str:
        if name == at:
            os.kill(os.getpid(), how)
        return name

    monkeypatch.setitem(BREAKS, "at", at)
    monkeypatch.setitem(BREAKS, "how", how)
    signals.heed()
    monkeypatch.setattr(places, "recorded", lambda _: {"PREFIX": "x"})
    monkeypatch.setattr(places, "read", lambda _: found)
    monkeypatch.setattr(upgrade, "make_user", lambda _: None)
    monkeypatch.setattr(release, "make", lambda *_, **__: new)
    monkeypatch.setattr(release, "check_settings", lambda *_: None)
    monkeypatch.setattr(units, "Systemd", Told)
    monkeypatch.setattr(units, "answers", lambda _: True)
    monkeypatch.setattr(upgrade, "back_up", lambda *_: step("backup"))
    monkeypatch.setattr(upgrade, "migrate", lambda *_: step("migration"))
    monkeypatch.setattr(upgrade.settings_file, "read", lambda _: {})
    monkeypatch.setattr(upgrade.settings_file, "complete", lambda *_: {})
    with pytest.raises(KeyboardInterrupt):
        upgrade.run({})
    assert TOLD[-1].calls == calls
    assert not new.exists()


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
