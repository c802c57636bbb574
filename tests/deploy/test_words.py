"""What `make install` refuses before it touches anything, what it keeps, and what an upgrade says was new."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from deploy import compose, news, places, settings_file
from deploy.stop import Stop
from tests.server import ROOT

pytestmark = pytest.mark.pure
KEY = "a" * 43 + "="


SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "env_file", "environment", "healthcheck", "image",
    "ports", "read_only", "restart", "security_opt", "stop_grace_period", "tmpfs", "volumes",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}


def here(tmp_path: Path, **more: str) -> places.Places:
    said = {
        "PREFIX": str(tmp_path / "t"),
        "DOMAIN": "touchline.example.org",
        "SERVICE_USER": "root",
    }
    said |= {"SYSTEMD_DIR": str(tmp_path / "units"), "CADDY_DIR": str(tmp_path / "caddy")}
    return places.read(said | more)


def install(tmp_path: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    said = [f"PREFIX={tmp_path}/t", f"SYSTEMD_DIR={tmp_path}/s", f"CADDY_DIR={tmp_path}/c"]
    return subprocess.run(
        ["make", "-s", "install", *said, f"USE_VENV={sys.prefix}", *words], cwd=ROOT, input=stdin,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "SMTP_URL", "DATABASE_URL", "SECRET_KEY"])
def test_it_takes_no_secret_from_the_command_line(tmp_path: Path, name: str) -> None:
    done = install(tmp_path, "DOMAIN=touchline.example.org", f"{name}=open-sesame")
    assert done.returncode != 0
    assert f"{name} was given on make's command line" in done.stderr
    assert "open-sesame" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_opens_no_odd_folder(tmp_path: Path) -> None:
    for odd in ("from-ehr", "/srv/a b", "/srv/../etc"):
        with pytest.raises(Stop, match="WORK_FOLDER must be a full path"):
            settings_file.complete(here(tmp_path), {"WORK_FOLDER": odd}, {})


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"DOMAIN": ""}, "Say the address people open"),
        ({"DOMAIN": "a.example.org { respond pwned }"}, "Say the address people open"),
        ({"DOMAIN": "http://a.example.org"}, "Say the address people open"),
        ({"PREFIX": "/tmp/a b"}, "must be a full path"),
        ({"DATA_DIR": "/tmp/x\nExecStart=/bin/sh"}, "must be a full path"),
        ({"WEB_PORT": "eighty"}, "whole numbers"),
        ({"WEB_PORT": "80000"}, "PORT is a number"),
    ],
)
def test_it_writes_nothing_odd_into_a_unit(
    tmp_path: Path, said: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Stop, match=sentence):
        here(tmp_path, **said)


def test_it_says_which_answers_it_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("PASSWORD=x\n"))
    with pytest.raises(Stop, match="lines like NAME=value, of CARRIER"):
        settings_file.ask({})


def test_it_keeps_keys_and_what_somebody_added(tmp_path: Path) -> None:
    place, file = here(tmp_path), tmp_path / "touchline.env"
    file.write_text(f"# ours\nDATA_KEYS='{KEY}'\nSECRET_KEY='{KEY}'\nWEB_PROCESSES='3'\nPORT='1'\n")
    wanted = settings_file.complete(place, settings_file.read(file), {"MAIL_FROM": "a@example.org"})
    assert settings_file.write(file, wanted, None) is True
    lines = file.read_text().splitlines()
    assert lines[:5] == [
        "# ours", f"DATA_KEYS='{KEY}'", f"SECRET_KEY='{KEY}'", "WEB_PROCESSES='3'", "PORT='8000'",
    ]  # fmt: skip
    assert {"MAIL_FROM='a@example.org'", "CARRIER='sandbox'", "SEED='refuse'"} <= set(lines)
    assert file.stat().st_mode & 0o777 == 0o600
    assert settings_file.write(file, wanted, None) is False


def test_it_takes_the_carrier_whose_account_is_given(tmp_path: Path) -> None:
    account = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "x"}
    first = settings_file.complete(here(tmp_path), {}, account)
    assert first["CARRIER"] == "twilio"
    assert (
        settings_file.complete(here(tmp_path), first | {"CARRIER": "sandbox"}, {})["CARRIER"]
        == "sandbox"
    )


@pytest.mark.parametrize("value", ["a'b", "a\\b", "a\nPORT=1"])
def test_it_refuses_what_a_shell_and_systemd_read_differently(tmp_path: Path, value: str) -> None:
    with pytest.raises(Stop, match="SMTP_URL holds a quote"):
        settings_file.complete(here(tmp_path), {}, {"SMTP_URL": value})


def test_an_upgrade_tells_what_the_old_release_did_not_say(tmp_path: Path) -> None:
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_text("# Changes\n\n## 0.1.0\n\n- One.\n- Two is\n  longer.\n")
    new.write_text(
        "# Changes\n\n## 0.2.0\n\n- Four.\n\n## 0.1.0\n\n- One.\n- Two is\n  longer still.\n"
    )
    assert news.between(old, new) == ["0.2.0", "- Four.", "0.1.0", "- Two is\n  longer still."]
    assert news.between(new, new) == []


def test_compose_gets_its_settings_and_the_database_none_of_our_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("MAIL_FROM=care@example.org\n"))
    compose.run({"DOMAIN": "touchline.example.org"}, tmp_path)
    ours, theirs = (tmp_path / name for name in ("touchline.env", "database.env"))
    assert [each.stat().st_mode & 0o777 for each in (ours, theirs)] == [0o600, 0o600]
    password = settings_file.read(theirs)["POSTGRES_PASSWORD"]
    known = settings_file.read(ours)
    assert known["DATABASE_URL"] == f"postgresql+psycopg://touchline:{password}@database/touchline"
    assert (known["PROXY_HOPS"], known["SEED"]) == ("1", "refuse")
    assert "DATA_KEYS" not in theirs.read_text()
    before = ours.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    compose.run({"DOMAIN": "touchline.example.org"}, tmp_path)
    assert ours.read_bytes() == before


def test_docker_itself_reads_the_compose_file(tmp_path: Path) -> None:
    tried = (
        subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if (shutil.which("docker"))
        else None
    )
    if tried is None or tried.returncode:
        pytest.skip("no docker compose on this machine: the next test reads it")
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    for name in ("touchline.env", "database.env"):
        (tmp_path / "deploy" / name).write_text("A='b'\n")
    done = subprocess.run(
        ["docker", "compose", "-f", str(tmp_path / "deploy" / "compose.yaml"), "config", "--quiet"],
        env={"PATH": os.environ["PATH"], "DOMAIN": "touchline.example.org"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_compose_and_image_are_of_one_piece() -> None:
    written = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    services = written["services"]
    assert set(services) == {"web", "worker", "migrate", "database", "redis", "caddy"}
    for name in ("web", "worker", "migrate"):
        each = services[name]
        assert each["build"] == {"context": "..", "dockerfile": "deploy/Dockerfile"}
        assert (each["read_only"], each["cap_drop"]) == (True, ["ALL"])
        assert each["env_file"] == ["touchline.env"]
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert "ports" not in services["web"]
    used = {
        volume.split(":")[0] for each in services.values() for volume in each.get("volumes", [])
    }
    assert {name for name in used if not name.startswith(".")} == set(written["volumes"])
    for each in services.values():  # what the Compose Specification calls them
        assert set(each) <= SERVICE_KEYS
        assert set(each.get("depends_on", [])) <= set(services)
        assert len({"build", "image"} & set(each)) == 1
        if "healthcheck" in each:
            assert set(each["healthcheck"]) <= HEALTH_KEYS
    deploy = ROOT / "deploy"
    asked = re.findall(r"\$\{(\w+)", (deploy / "compose.yaml").read_text())
    asked += re.findall(r"\{\$(\w+)", (deploy / "caddy" / "compose.Caddyfile").read_text())
    assert set(asked) == {"DOMAIN"}, "what `make compose` tells to say, and hands to Caddy"
    assert services["caddy"]["environment"].keys() == {"DOMAIN"}
    assert "DOMAIN={domain}" in compose.NEXT
    for source in ("caddy/compose.Caddyfile", "Dockerfile"):
        assert (deploy / source).is_file()
    image = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "USER touchline" in image
    assert "--require-hashes" in image
