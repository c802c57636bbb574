"""A start that cannot work ends with one sentence that names the setting, whichever command was used."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from app.core.settings import ROOT

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi", "doctor")
GUNICORN = (sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "wsgi:app")


@pytest.mark.parametrize("command", [FLASK, GUNICORN])
@pytest.mark.parametrize(("setting", "value"), [
    ("CARRIER", "pigeon"), ("DATABASE_URL", "mysql://localhost/x"), ("REDIS_URL", "localhost"),
])  # fmt: skip
def test_it_says_in_one_sentence_why_it_did_not_start(
    command: tuple[str, ...], setting: str, value: str
) -> None:
    known = {"SECRET_KEY": "s" * 32, "DATA_KEYS": Fernet.generate_key().decode(), setting: value}
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | known, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 3
    assert f"Touchline did not start: {setting} must" in done.stderr
    assert "Traceback" not in done.stderr
    assert "No such command" not in done.stderr
