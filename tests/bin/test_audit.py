"""The audits: a finding fails, silence is told apart from good news, and the locks agree."""

import json
from pathlib import Path
from shutil import copy

import pytest

from bin import audit

pytestmark = pytest.mark.pure
KNOWN = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "six", "skip_reason": "not found"}
HOLE = {"id": "X-2026-1", "fix_versions": ["3.1.4"]}


def test_it_reports_a_hole_in_a_python_package() -> None:
    found = audit.read_pip_audit({"dependencies": [KNOWN | {"vulns": [HOLE]}, SKIPPED]})
    assert found == ["flask 3.1.3: X-2026-1, mended in 3.1.4"]


def test_it_is_content_when_packages_are_known_and_sound() -> None:
    assert audit.read_pip_audit({"dependencies": [KNOWN, SKIPPED]}) == []


def test_it_does_not_take_ignorance_for_good_news() -> None:
    with pytest.raises(audit.CouldNotAsk):
        audit.read_pip_audit({"dependencies": [SKIPPED]})
    with pytest.raises(audit.CouldNotAsk):
        audit.read_npm_audit({"message": "405 Method Not Allowed", "statusCode": 405})


def test_it_reports_a_hole_in_a_browser_library() -> None:
    assert audit.read_npm_audit({"vulnerabilities": {"ms": {"severity": "high"}}}) == ["ms: high"]
    assert audit.read_npm_audit({"vulnerabilities": {}}) == []


def test_it_fails_for_a_finding_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody() -> list[str]:
        raise audit.CouldNotAsk("no answer")

    monkeypatch.setitem(audit.QUESTIONS, "python", ("holes", nobody))
    assert audit.main("python") == 0
    assert "could not be checked here (no answer)" in capsys.readouterr().out
    monkeypatch.setitem(audit.QUESTIONS, "python", ("holes", lambda: ["flask: a hole"]))
    assert audit.main("python") == 1
    assert "flask: a hole" in capsys.readouterr().out


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    for pattern in ("requirements*", "package*.json"):
        for file in audit.ROOT.glob(pattern):
            copy(file, tmp_path)
    assert audit.lock_problems(tmp_path) == []
    return tmp_path


def test_it_sees_a_pin_that_was_raised_without_its_lock(locks: Path) -> None:
    asked = locks / "requirements.in"
    asked.write_text(asked.read_text().replace("Flask==3.1.3", "Flask==3.1.9"))
    assert audit.lock_problems(locks) == ["requirements.txt lacks flask==3.1.9"]


def test_it_sees_pins_and_hashes_that_differ(locks: Path) -> None:
    pins = locks / "requirements.txt"
    pins.write_text(pins.read_text().replace("flask==3.1.3", "flask==3.1.2"))
    assert "requirements.lock differs in flask==3.1.2" in audit.lock_problems(locks)


def test_it_sees_a_registry_named_in_a_lock(locks: Path) -> None:
    pins = locks / "requirements.txt"
    pins.write_text("--index-url https://packages.example.org/\n" + pins.read_text())
    lock = json.loads((locks / "package-lock.json").read_text())
    lock["packages"]["node_modules/htmx.org"]["resolved"] = "https://packages.example.org/htmx.tgz"
    (locks / "package-lock.json").write_text(json.dumps(lock))
    problems = audit.lock_problems(locks)
    assert len(problems) == 2
    assert all("names a registry" in problem for problem in problems)
