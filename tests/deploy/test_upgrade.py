"""An upgrade that is broken off leaves the old release running."""

from pathlib import Path

import pytest

from deploy import places, release, units, upgrade
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
        if words[0] == BREAKS.get("at"):
            raise KeyboardInterrupt


TOLD: list[Told] = []
BREAKS: dict[str, str] = {}


@pytest.mark.parametrize(
    ("at", "calls"),
    [
        ("backup", []),
        ("stop", ["stop", "daemon-reload", "start"]),
        ("migration", ["stop", "daemon-reload", "start"]),
    ],
)
def test_it_starts_what_it_stopped_when_it_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, calls: list[str]
) -> None:
    found, new = here(tmp_path), tmp_path / "new"
    new.mkdir()

    def step(name: str) -> str:
        if name == at:
            raise KeyboardInterrupt
        return name

    monkeypatch.setitem(BREAKS, "at", at)
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
