"""`flask user set-password`, `disable` and `enable`, seen from the member of staff's browser."""

import pytest

from tests.world import PASSWORD, World

ANA = ("--practice", "harbor", "--email", "Ana@harbor.example.org")


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *args, **more: runner.invoke(args=["user", *args], **more)


def try_to_enter(app, password: str) -> bool:
    client = app.test_client()
    client.post("/sign-in", data={"email": "ana@harbor.example.org", "password": password})
    return client.get("/").status_code == 200


def test_it_changes_a_password_and_ends_open_sessions(app, world: World, run, sign_in) -> None:
    open_page = sign_in(world.ana)
    assert open_page.get("/").status_code == 200
    done = run("set-password", *ANA, "--password-stdin", input="another good secret\n")
    assert done.exit_code == 0, done.output
    assert open_page.get("/").status_code == 303
    assert not try_to_enter(app, PASSWORD)
    assert try_to_enter(app, "another good secret")


def test_it_keeps_a_disabled_user_out_until_enabled(app, world: World, run, sign_in) -> None:
    open_page = sign_in(world.ana)
    assert run("disable", *ANA).exit_code == 0
    assert open_page.get("/").status_code == 303
    assert not try_to_enter(app, PASSWORD)
    assert run("enable", *ANA).exit_code == 0
    assert try_to_enter(app, PASSWORD)


@pytest.mark.parametrize("verb", ["set-password", "disable", "enable"])
def test_it_knows_only_the_practices_own_users(world: World, run, verb: str) -> None:
    cara = ("--practice", "harbor", "--email", "cara@other.example.org")
    result = run(
        verb, *cara, *(["--password-stdin"] if verb == "set-password" else []), input="x" * 12
    )
    assert result.exit_code == 1
    assert "Nobody in this practice" in result.output
