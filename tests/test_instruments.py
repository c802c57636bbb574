"""T3.5: no licensed measure, instrument or value set is in the repository; they are loaded, never shipped."""

import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[1]
#: In two parts, so that this file does not find itself. Names of owners and instruments, words of their
#: items, and the prefixes of licensed value sets.
WORDS = (
    "HED" + "IS", "NC" + "QA", "Patient Activation " + "Measure", "Insig" + "nia", "PC" + "PCM",
    "PROMIS" + "-", "PROMIS " + "Global", "In general, would you say your " + "health",
    "taking an active role in my own " + "health", "My practice makes it easy for me to get " + "care",
    "2.16.840.1.113883.3." + "464", "2.16.840.1.113883.3." + "526", "2.16.840.1.113883.3." + "600",
)  # fmt: skip
FOUND = re.compile("|".join(map(re.escape, WORDS)), re.IGNORECASE)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def hits(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return []
    return [f"{path.relative_to(ROOT)}: {found}" for found in FOUND.findall(text)]


def test_t3_5_no_licensed_text_is_in_the_repository() -> None:
    files = tracked()
    assert len(files) > 500
    assert [hit for path in files for hit in hits(path)] == []


def test_t3_5_the_scan_finds_what_it_looks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "list.json").write_text(
        '["urn:oid:2.16.840.1.113883.3.' + '464.1003", "hed' + 'is"]'
    )
    assert len(hits(tmp_path / "list.json")) == 2
