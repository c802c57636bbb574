"""Known holes in what we install: pip-audit and npm audit, read so that "could not ask" and "found
something" are never the same answer. Also checks that pins and locks still agree.

`bin/audit.py locks | python | browser`: exit 1 for a finding; exit 0, said aloud, when the service
cannot be reached from here.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv" / "bin"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;\\]+)", re.M)
HOST = re.compile(r"(https?://|--(extra-)?index-url|--find-links)")


class CouldNotAsk(Exception):
    """The service did not answer, or knows none of what it was asked."""


def pins(file: Path) -> set[tuple[str, str]]:
    """(name in its normal form, version) of every pinned line."""
    found = PIN.findall(file.read_text(encoding="utf-8"))
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found}


def lock_problems(root: Path = ROOT) -> list[str]:
    """Where what is asked, what is resolved and what is hashed differ."""
    problems = []
    for stem in ("requirements", "requirements-dev"):
        asked, resolved, hashed = (pins(root / f"{stem}.{end}") for end in ("in", "txt", "lock"))
        problems += [f"{stem}.txt lacks {n}=={v}" for n, v in sorted(asked - resolved)]
        problems += [f"{stem}.lock differs in {n}=={v}" for n, v in sorted(resolved ^ hashed)]
        for end in ("in", "txt", "lock"):
            if HOST.search((root / f"{stem}.{end}").read_text(encoding="utf-8")):
                problems.append(f"{stem}.{end} names a registry; that is the machine's own affair")
    problems += [
        f"requirements-dev.txt lacks {name}=={version}"
        for name, version in sorted(
            pins(root / "requirements.txt") - pins(root / "requirements-dev.txt")
        )
    ]
    return problems + npm_problems(root)


def npm_problems(root: Path) -> list[str]:
    asked = json.loads((root / "package.json").read_text(encoding="utf-8"))
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    problems = []
    for group in ("dependencies", "devDependencies"):
        for name, version in asked[group].items():
            if packages.get(f"node_modules/{name}", {}).get("version") != version:
                problems.append(f"package-lock.json lacks {name} {version}")
    if any("resolved" in package for package in packages.values()):
        problems.append("package-lock.json names a registry; write it with our .npmrc")
    return problems


def run_json(command: list[str]) -> Any:
    """A command's JSON answer, whatever its exit code: both audits exit 1 for a finding."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise CouldNotAsk(last[:200]) from None


def ask_pip_audit(lock: Path) -> list[str]:
    tool = [str(VENV / "pip-audit"), "--format=json", "--progress-spinner=off", "--desc=off"]
    answer = run_json([*tool, "--require-hashes", "--disable-pip", "-r", str(lock)])
    return read_pip_audit(answer)


def read_pip_audit(answer: dict[str, Any]) -> list[str]:
    """Findings as lines. A package the service doesn't know is skipped; all skipped = not asked."""
    packages = answer["dependencies"]
    skipped = [p for p in packages if "skip_reason" in p]
    if len(skipped) == len(packages):
        raise CouldNotAsk("it knows none of our packages")
    return [
        f"{p['name']} {p['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'none'}"
        for p in packages
        for v in p.get("vulns", ())
    ]


def python_holes() -> list[str]:
    """One package is asked first, so that where nobody answers we don't ask a hundred times."""
    whole = ROOT / "requirements-dev.lock"
    first = re.split(r"\n(?=[a-z])", whole.read_text(encoding="utf-8"), maxsplit=1)[0]
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.txt"
        probe.write_text(first + "\n", encoding="utf-8")
        ask_pip_audit(probe)
    return ask_pip_audit(whole)


def read_npm_audit(answer: dict[str, Any]) -> list[str]:
    if "vulnerabilities" not in answer:
        raise CouldNotAsk(str(answer.get("message") or answer.get("error") or "no answer")[:200])
    return [f"{name}: {v['severity']}" for name, v in answer["vulnerabilities"].items()]


def browser_holes() -> list[str]:
    npm = shutil.which("npm") or str(VENV / "npm")
    return read_npm_audit(run_json([npm, "audit", "--json"]))


QUESTIONS = {
    "locks": ("locks hold what is asked", lock_problems),
    "python": ("known holes, Python packages", python_holes),
    "browser": ("known holes, browser libraries", browser_holes),
}


def main(what: str) -> int:
    name, question = QUESTIONS[what]
    try:
        found = question()
    except (CouldNotAsk, OSError, subprocess.TimeoutExpired) as why:
        print(f"  unknown {name}: could not be checked here ({why})")
        return 0
    print(f"  {'FAILED' if found else 'ok    '}  {name}")
    for line in found:
        print(f"          {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
