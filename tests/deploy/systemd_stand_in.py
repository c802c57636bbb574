"""systemctl for one folder of units: starts and stops what their ExecStart says, with their environment, as
whoever calls it. `SYSTEMCTL="python systemd_stand_in.py UNITS STATE"`; every call is noted in STATE/calls."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path


def unit(path: Path) -> dict[str, list[str]]:
    """Every Name=value of a unit, in order."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def environment(known: dict[str, list[str]]) -> dict[str, str]:
    env = {"PATH": os.environ["PATH"]}
    env |= dict(each.split("=", 1) for each in known.get("Environment", []))
    for file in known["EnvironmentFile"]:
        for line in Path(file).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                name, _, value = line.partition("=")
                env[name] = value.strip("'")
    return env


def command(known: dict[str, list[str]], name: str, env: dict[str, str]) -> list[str]:
    """As systemd fills it: ${NAME} from the environment, words in quotes kept together."""
    (text,) = known[name]
    words = shlex.split(text.replace("${", "\0{"))
    return [re.sub("\0\\{(\\w+)\\}", lambda m: env.get(m[1], ""), word) for word in words]


def run(path: Path) -> subprocess.CompletedProcess[str]:
    """A oneshot unit, run to its end."""
    known = unit(path)
    env = environment(known)
    return subprocess.run(
        command(known, "ExecStart", env), env=env, cwd=known["WorkingDirectory"][0],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def start(path: Path, state: Path) -> None:
    pid_file = state / f"{path.name}.pid"
    if pid_file.exists():
        return
    known = unit(path)
    env, where = environment(known), known["WorkingDirectory"][0]
    if "ExecCondition" in known:
        asked = command(known, "ExecCondition", env)
        if subprocess.run(asked, env=env, cwd=where, check=False).returncode:
            return
    if "ExecStartPre" in known:
        asked = command(known, "ExecStartPre", env)
        first = subprocess.run(
            asked, env=env, cwd=where, check=False, capture_output=True, text=True
        )
        if first.returncode:
            sys.exit(f"{path.name} did not start: {first.stderr}")
    with (state / f"{path.name}.log").open("ab") as log:
        process = subprocess.Popen(
            command(known, "ExecStart", env), env=env, cwd=where, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    pid_file.write_text(str(process.pid))


def stop(path: Path, state: Path) -> None:
    pid_file = state / f"{path.name}.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    seconds = int(unit(path)["TimeoutStopSec"][0])
    for _ in range(seconds * 20):
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            break
        time.sleep(0.05)
    else:
        sys.exit(f"{path.name} did not stop within {seconds} s")
    pid_file.unlink()


def main() -> None:
    units, state, verb, *names = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
    with (state / "calls").open("a") as calls:
        calls.write(" ".join([verb, *names]) + "\n")
    for name in names:
        if name.endswith(".service") and (units / name).exists():
            if verb in ("stop", "restart"):
                stop(units / name, state)
            if verb in ("start", "restart", "enable"):
                start(units / name, state)


if __name__ == "__main__":
    main()
