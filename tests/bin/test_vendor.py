"""The browser libraries: every file arrives whole, the sprite holds the named icons and no others."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bin import vendor

pytestmark = pytest.mark.pure
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor">'
    '<path stroke="none" d="M0 0h24v24H0z" fill="none"/><path d="M5 12l5 5"/></svg>'
)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone whose node_modules holds each library as a small file, and two icons."""
    for source in vendor.FILES.values():
        file = tmp_path / "node_modules" / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"/* {source} */")
    icons = tmp_path / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
    icons.mkdir(parents=True)
    for name in ("check", "unused"):
        (icons / f"{name}.svg").write_text(ICON)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "icons.txt").write_text("# a comment\n\ncheck  # done\n")
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    monkeypatch.setattr(vendor, "NODE", tmp_path / "node_modules")
    monkeypatch.setattr(vendor, "VENDOR", tmp_path / "app" / "static" / "vendor")
    return tmp_path


def test_it_copies_every_library(clone: Path) -> None:
    assert vendor.main() == 0
    folder = clone / "app" / "static" / "vendor"
    assert {f.name for f in folder.iterdir()} == {*vendor.FILES, "icons.svg"}
    assert (folder / "htmx.min.js").read_text() == "/* htmx.org/dist/htmx.min.js */"


def test_it_draws_only_the_icons_that_are_named(clone: Path) -> None:
    vendor.main()
    sprite = ElementTree.parse(clone / "app" / "static" / "vendor" / "icons.svg").getroot()
    assert [symbol.get("id") for symbol in sprite] == ["ti-check"]
    symbol = sprite[0]
    assert symbol.get("stroke") == "currentColor"
    assert [path.get("d") for path in symbol] == ["M5 12l5 5"]


def test_it_takes_away_what_is_no_longer_used(clone: Path) -> None:
    folder = clone / "app" / "static" / "vendor"
    (folder / "fonts").mkdir(parents=True)
    (folder / "old.js").write_text("old")
    assert vendor.main() == 0
    assert {f.name for f in folder.iterdir()} == {*vendor.FILES, "icons.svg"}


def test_it_names_an_icon_it_does_not_know(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / "bin" / "icons.txt").write_text("no-such-icon\n")
    assert vendor.main() == 1
    assert "no-such-icon.svg is missing" in capsys.readouterr().err
