"""`practice create`, `user create`, `token create`: what an operator types first. Each says clearly what is
wrong, with exit code 1 or 2, and writes nothing then."""

import contextvars

import pytest
from sqlalchemy import select

from app.actions import sign_ins
from app.core.db import db
from app.models.practice import Line, LineDirectory, Practice
from app.models.protocol import Protocol
from app.models.secret import ApiToken, SecretDirectory
from app.models.task import TaskType
from app.models.user import SignIn, User

CREATE = ["practice", "create", "--name", "Bay Clinic", "--slug", "bay", "--time-zone", "America/Chicago",
          "--line", "+13125550100"]  # fmt: skip
ANNA = ["user", "create", "--practice", "harbor", "--email", "Anna.Berg@example.org", "--role", "navigator",
        "--password-stdin"]  # fmt: skip
SID = "AC" + "a" * 32


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def invoke(*words: str, stdin: str = ""):
        result = contextvars.Context().run(runner.invoke, args=list(words), input=stdin)
        db.session.rollback()
        db.session.expire_all()
        return result

    return invoke


def test_it_creates_a_practice_with_its_line_and_protocols(run, app) -> None:
    result = run(*CREATE, "--segments-per-second", "3")
    assert result.exit_code == 0, result.output
    practice = db.session.scalars(select(Practice)).one()
    assert (practice.slug, practice.time_zone, practice.is_invented) == (
        "bay",
        "America/Chicago",
        False,
    )
    line = db.session.scalars(select(Line)).one()
    assert (line.number, line.segments_per_second, line.account_sid) == ("+13125550100", 3.0, None)
    assert db.session.get(LineDirectory, ("", "+13125550100")) is not None
    assert db.session.query(Protocol).count() == len(TaskType)


def test_a_practice_may_bring_its_own_account(run, app) -> None:
    result = run(*CREATE, "--account-sid", SID, "--auth-token-stdin", stdin="the-token\n")
    assert result.exit_code == 0, result.output
    assert "the-token" not in result.output
    line = db.session.scalars(select(Line)).one()
    assert (line.account_sid, line.auth_token) == (SID, "the-token")
    assert db.session.get(LineDirectory, (SID, "+13125550100")) is not None


def changed(words: list[str], option: str, value: str) -> list[str]:
    place = words.index(option) + 1
    return [*words[:place], value, *words[place + 1 :]]


@pytest.mark.parametrize(
    ("words", "said"),
    [(changed(CREATE, "--slug", "harbor"), "exists already"),
     (changed(CREATE, "--slug", "Bay Clinic"), "--slug"),
     (changed(CREATE, "--time-zone", "Chicago"), "--time-zone"),
     (changed(CREATE, "--line", "911"), "--line"),
     (changed(CREATE, "--line", "+15035550100"), "line already"),
     ([*CREATE, "--account-sid", SID], "together"),
     ([*CREATE, "--auth-token-stdin"], "together"),
     ([*CREATE, "--segments-per-second", "0"], "segments-per-second"),
     ([*CREATE, "--account-sid", "AC1", "--auth-token-stdin"], "--account-sid"),
     (CREATE[:-2], "--line")],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_practice(run, world, words, said) -> None:
    result = run(*words, stdin="token\n")
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert "Traceback" not in result.output
    assert db.session.query(Practice).count() == 2


def test_it_creates_a_user_who_can_sign_in(run, world, clock) -> None:
    result = run(*ANNA, stdin="a long password\n")
    assert result.exit_code == 0, result.output
    assert "a long password" not in result.output
    user = db.session.scalars(select(User).where(User.name == "Anna Berg")).one()
    assert (user.role, user.practice_id) == ("navigator", world.practice.id)
    sign_in = db.session.get_one(SignIn, user.sign_in_id)
    assert sign_in.email == "anna.berg@example.org"
    assert sign_ins.is_right(sign_in, "a long password", at=clock.now)


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [(ANNA, "short\n", "--password"), (ANNA, "", "standard input"), (ANNA[:-1], "", "--password-stdin"),
     (changed(ANNA, "--email", "nobody"), "a long password\n", "--email"),
     (changed(ANNA, "--role", "boss"), "a long password\n", "navigator"),
     (changed(ANNA, "--practice", "nowhere"), "a long password\n", "There are: harbor, other"),
     (changed(ANNA, "--email", "ana@harbor.example.org"), "a long password\n", "already")],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_user(run, world, words, stdin, said) -> None:
    before = db.session.query(User).count()
    result = run(*words, stdin=stdin)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert "Traceback" not in result.output
    assert db.session.query(User).count() == before


def test_a_token_stands_alone_on_the_last_line_and_opens_the_api(run, world, client) -> None:
    result = run(
        "token", "create", "--practice", "harbor", "--scope", "patients:read", "--name", "EHR"
    )
    assert result.exit_code == 0, result.output
    token = result.output.splitlines()[-1]
    assert " " not in token
    answer = client.get("/api/v1/patients", headers={"Authorization": f"Bearer {token}"})
    assert len(answer.get_json()["items"]) == 6
    row = db.session.scalars(select(ApiToken)).one()
    assert (row.name, row.scopes) == ("EHR", ["patients:read"])
    assert token not in {found.digest for found in db.session.scalars(select(SecretDirectory))}
    ended = run("token", "revoke", "--practice", "harbor", str(row.id))
    assert ended.exit_code == 0, ended.output
    answer = client.get("/api/v1/patients", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--scope", "everything"], "patients:read"), ([], "--scope"),
     (["--scope", "tasks:read", "--practice", "nowhere"], "No practice")],
)  # fmt: skip
def test_it_says_what_is_wrong_with_a_token(run, world, words, said) -> None:
    result = run("token", "create", "--practice", "harbor", *words)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert db.session.query(ApiToken).count() == 0


def test_a_token_is_revoked_by_its_own_practice_only(run, world) -> None:
    run("token", "create", "--practice", "harbor", "--scope", "tasks:read")
    row = db.session.scalars(select(ApiToken)).one()
    assert run("token", "revoke", "--practice", "other", str(row.id)).exit_code == 1
    db.session.refresh(row)
    assert row.revoked_at is None
