"""The demo's secrets: made once, for their owner only, never written over."""

import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy

import pytest

pytestmark = pytest.mark.pure
SCRIPT = Path(__file__).resolve().parents[2] / "bin" / "demo_env.py"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    copy(SCRIPT, tmp_path / "bin")
    return tmp_path


def write(clone: Path, *arguments: str) -> str:
    command = [sys.executable, clone / "bin" / "demo_env.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_writes_keys_that_only_their_owner_can_read(clone: Path) -> None:
    write(clone)
    file = clone / "var" / "demo.env"
    text = file.read_text(encoding="utf-8")
    secret = re.search(r"^SECRET_KEY=(.{32,})$", text, re.M)
    key = re.search(r"^DATA_KEYS=(.+)$", text, re.M)
    assert secret
    assert key
    assert len(urlsafe_b64decode(key[1])) == 32
    assert file.stat().st_mode & 0o777 == 0o600


def test_it_never_writes_over_a_file_that_is_there(clone: Path) -> None:
    write(clone)
    before = (clone / "var" / "demo.env").read_bytes()
    assert write(clone) == ""
    assert (clone / "var" / "demo.env").read_bytes() == before


def test_it_makes_one_file_when_several_start_at_once(clone: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: write(clone), range(4)))
    assert sum(bool(words) for words in said) == 1
    assert [f.name for f in (clone / "var").iterdir()] == ["demo.env"]


def test_it_prints_fresh_secrets_and_leaves_no_file(clone: Path) -> None:
    assert write(clone, "--print") != write(clone, "--print")
    assert not (clone / "var").exists()
