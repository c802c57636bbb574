"""Care teams in the settings: made, changed, ended with their patients moved, brought back; each change with
what stood before, and never another practice's."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import conversations, practices, tasks, teams
from app.actions.call_language import navigator_for
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.care_team import CareTeam, CareTeamMember, CareTeamSubgroup
from app.models.coverage import Subgroup
from app.models.event import SYSTEM, Event
from app.models.patient import Patient
from app.models.patient_past import PatientPast
from app.models.task import Task, TaskType
from app.models.user import Role, User
from tests.world import Casting, World, look_again

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def adam(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.adam)


def team(name: str) -> CareTeam:
    look_again()
    return db.session.scalars(select(CareTeam).where(CareTeam.name == name)).one()


def on(team: CareTeam) -> set[object]:
    return set(
        db.session.scalars(
            select(CareTeamMember.user_id).where(CareTeamMember.care_team_id == team.id)
        )
    )


def facts(kind: str) -> list[dict[str, object]]:
    look_again()
    rows = select(Event.facts).where(Event.kind == kind).order_by(Event.at, Event.id)
    return list(db.session.scalars(rows))


def test_it_makes_a_team_with_leader_members_and_subgroups(adam: FlaskClient, world: World) -> None:
    chronic = db.session.scalars(select(Subgroup.id)).one()
    form = {
        "name": "Quay team", "leader_id": str(world.lea.id), "subgroups": str(chronic),
        "members": [str(world.ana.id), str(world.ben.id)],
    }  # fmt: skip
    assert adam.post("/settings/teams", data=form).status_code == 303
    made = team("Quay team")
    assert made.leader_id == world.lea.id
    assert on(made) == {world.ana.id, world.ben.id}
    served = db.session.scalars(
        select(CareTeamSubgroup.subgroup_id).where(CareTeamSubgroup.care_team_id == made.id)
    ).all()
    assert served == [chronic]
    page = " ".join(adam.get("/settings/staff").text.split())
    assert 'Quay team</strong> <span class="text-secondary">2 members; serves Chronic' in page
    again = adam.post("/settings/teams", data=form)
    assert again.status_code == 422
    assert "exists already" in again.text


def test_it_changes_a_team_and_keeps_what_stood_before(adam: FlaskClient, world: World) -> None:
    form = {"name": "Harbour team", "leader_id": str(world.ana.id), "members": str(world.ana.id)}
    assert adam.post(f"/settings/teams/{world.team.id}", data=form).status_code == 303
    assert on(team("Harbour team")) == {world.ana.id}
    assert facts("care_team.renamed") == [
        {"before": {"name": "Harbor team"}, "after": {"name": "Harbour team"}}
    ]
    assert facts("care_team.leader_set")[-1]["before"] == {"leader_id": str(world.lea.id)}
    assert facts("user.left_team") == [{"care_team_id": str(world.team.id)}]
    wrong = adam.post(
        f"/settings/teams/{world.team.id}", data=form | {"leader_id": str(world.cara.id)}
    )
    assert wrong.status_code == 422
    assert "Choose somebody of this practice" in wrong.text


def test_it_ends_a_team_in_steps_and_its_patients_go_on(
    adam: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teams, "AT_ONCE", 3)
    with transaction():
        task = tasks.create(world.rosa, TaskType.NO_SHOW, by=SYSTEM, at=db_now())
    base = f"/settings/teams/{world.team.id}/ending"
    assert "5 patients" in adam.get(base).text
    half = adam.post(base, data={"to_id": str(world.other_team.id)})
    assert "3 patients moved, 2 are left" in half.text
    assert team("Harbor team").ended_at is None
    assert adam.post(base, data={"to_id": str(world.other_team.id)}).status_code == 303
    assert team("Harbor team").ended_at is not None
    assert set(db.session.scalars(
        select(Patient.care_team_id).where(Patient.practice_id == world.practice.id)
    )) == {world.other_team.id}  # fmt: skip
    moved = db.session.get_one(Task, (world.practice.id, task.id))
    assert moved.care_team_id == world.other_team.id
    past = set(db.session.scalars(select(PatientPast.care_team)))
    assert past == {"Harbor team"}  # what the ledger prints of work written down late
    adam.get("/settings")  # shows the toast
    assert "Harbor team" not in adam.get("/patients/new").text
    adam.delete(base, headers={"HX-Request": "true"})
    assert "Harbor team" in adam.get("/patients/new").text
    assert [len(facts(f"care_team.{kind}")) for kind in ("ended", "resumed")] == [1, 1]


def test_it_is_an_admins_and_only_of_ones_own_practice(sign_in: SignInAs, world: World) -> None:
    assert sign_in(world.lea).get(f"/settings/teams/{world.team.id}").status_code == 403
    with transaction():
        cole = Casting(world.other_practice, db_now()).user("Cole Carter", Role.ADMIN)
        theirs = practices.add_team(world.other_practice, "Quay", by=SYSTEM, at=db_now())
    client = sign_in(cole)
    assert client.get(f"/settings/teams/{theirs.id}").status_code == 200
    base = f"/settings/teams/{world.team.id}"
    for answer in (
        client.get(base), client.post(base, data={"name": "Mine"}), client.get(f"{base}/ending"),
        client.post(f"{base}/ending"), client.delete(f"{base}/ending"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert team("Harbor team").ended_at is None


def test_it_gives_work_of_a_served_subgroup_to_its_team_and_says_why(
    sign_in: SignInAs, world: World
) -> None:
    """Vera has no team of her own, and is chronic; Nell has neither."""
    cast, pier = Casting(world.practice, db_now()), world.other_team
    with transaction():
        chronic = db.session.scalars(select(Subgroup.id)).one()
        teams.serve(pier, [chronic], by=SYSTEM, at=db_now())
        vera = cast.patient("H-70", "Vera Vance", "+15035550170")
        nell = cast.patient("H-71", "Nell Nagy", "+15035550171", subgroup=None)
        made = [tasks.create(each, TaskType.NO_SHOW, by=SYSTEM, at=db_now())
                for each in (vera, nell, world.rosa)]  # fmt: skip
        for each in (vera, nell, world.rosa):
            conversations.thread_of(each, at=db_now()).hear(at=db_now())
    assert [task.care_team_id for task in made] == [pier.id, None, world.team.id]
    ben, why = sign_in(world.ben), "with Pier team: it serves Chronic"
    assert why in " ".join(ben.get(f"/tasks/{made[0].id}").text.split())
    assert why not in ben.get(f"/tasks/{made[1].id}").text
    mine = ben.get("/inbox?view=teams").text
    assert "Vera Vance" in mine
    assert "Pier team: serves Chronic" in mine
    assert "Nell Nagy" not in mine
    assert "Vera Vance" not in sign_in(world.ana).get("/inbox?view=teams").text
    with transaction():
        teams.end(team("Pier team"), world.team, by=SYSTEM, at=db_now())
    again = db.session.get_one(Task, (world.practice.id, made[0].id))
    assert again.care_team_id == world.team.id


def test_it_shares_a_subgroup_by_load_and_calls_by_language(world: World) -> None:
    cast = Casting(world.practice, db_now())
    with transaction():
        chronic = db.session.scalars(select(Subgroup.id)).one()
        for each in (world.team, world.other_team):
            teams.serve(each, [chronic], by=SYSTEM, at=db_now())
        vera = cast.patient("H-70", "Vera Vance", "+15035550170", language="es")
        went = [tasks.create(vera, TaskType.NO_SHOW, by=SYSTEM, at=db_now()).care_team_id
                for _ in range(2)]  # fmt: skip
        for user in (world.ana, world.ben):
            user.languages = ["en", "es"]
    assert set(went) == {world.team.id, world.other_team.id}
    for serves, speaker in ((world.team, world.ana), (world.other_team, world.ben)):
        assert navigator_for(vera, at=db_now(), team_id=serves.id).id == speaker.id
