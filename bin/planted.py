"""Plants each fault of tests/faults/planted.py in a copy of the tree, runs the tests that are to notice it,
and says which one did. Exits 1 when a fault goes unnoticed. `bin/planted.py WORDS` plants those named so."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "__pycache__", ".*_cache")
sys.path.insert(0, str(ROOT))

from tests.faults.planted import FAULTS, Planted  # noqa: E402


def main(words: str) -> int:
    chosen = [fault for fault in FAULTS if words in fault.name]
    if not chosen:
        print(f"no fault is named like {words!r}")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        unnoticed = [fault for fault in chosen if not is_caught(fault, copy)]
    print(f"planted n={len(chosen)}, caught={len(chosen) - len(unnoticed)}")
    return 1 if unnoticed else 0


def is_caught(fault: Planted, copy: Path) -> bool:
    """Plant it, ask its tests in order, and put the file back."""
    place = copy / fault.path
    healthy = place.read_text()
    place.write_text(plant(fault, healthy))
    try:
        catcher = next((found for tests in fault.tests if (found := first_red(tests, copy))), None)
    finally:
        place.write_text(healthy)
    print(
        f"{'caught' if catcher else 'NOT CAUGHT'}: {fault.name}\n    {catcher or fault.path}",
        flush=True,
    )
    return catcher is not None


def plant(fault: Planted, healthy: str) -> str:
    """Raises ValueError when the place is not there, or more than once."""
    if healthy.count(fault.old) != 1:
        raise ValueError(
            f"{fault.path}: {fault.name}: its place stands {healthy.count(fault.old)} times"
        )
    return healthy.replace(fault.old, fault.new)


def first_red(tests: str, copy: Path) -> str | None:
    """The first test that fails, or None when all pass. A tree that does not even start is no catch."""
    asked = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-m",
        "not browser",
        tests,
    ]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        asked, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"{tests} could not be run:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    red = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return red[0].partition(" ")[2].partition(" - ")[0] if red else None


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
