"""Who works here: everybody reads it; inviting, changing and keeping out are an admin's. Admins of another
practice: tests/web/test_staff.py."""

from uuid import UUID

from app.actions import staff as staff_actions
from app.actions import staff_links
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.staff_link import LinkPurpose
from app.models.user import Role, User
from tests.web.outsider_cases import Maker, public, roles, staff
from tests.world import World


def make_invited(world: World) -> UUID:
    """Somebody who was invited and has not joined yet."""
    with transaction():
        user, _ = staff_actions.invite(
            world.practice, "ida@example.org", name="Ida Ivers", role=Role.NAVIGATOR,
            by=world.viewer(world.adam).actor, at=db_now(),
        )  # fmt: skip
    return user.id


def make_resetting(world: World) -> UUID:
    """Somebody with a link to choose a new password."""
    with transaction():
        user = db.session.get_one(User, (world.practice.id, world.ben.id))
        staff_links.make(user, LinkPurpose.RESET, by=world.system.actor, at=db_now())
    return user.id


RECORDS: dict[str, Maker] = {
    "invited": make_invited,
    "resetting": make_resetting,
    "care_team": lambda world: world.team.id,
}
CHANGED = {"name": "Ida Ivers", "role": "navigator", "languages": "en"}


CASES = {
    "staff.index": staff(),
    "staff.new": roles("adam"),
    "staff.invite": roles("adam", data={"email": "new@example.org"} | CHANGED),
    "staff.edit": roles("adam", user_id="invited"),
    "staff.update": roles("adam", user_id="invited", data=CHANGED),
    "staff.send_link": roles("adam", user_id="invited"),
    "staff.revoke_link": roles("adam", user_id="resetting"),
    "staff.leaving": roles("adam", user_id="resetting"),
    "staff.disable": roles("adam", user_id="resetting"),
    "staff.enable": roles("adam", user_id="resetting"),
    "staff_links.page": public(
        "the secret in the address is the door: tests/web/test_staff_links.py"
    ),
    "staff_links.use": public(
        "the secret in the address is the door: tests/web/test_staff_links.py"
    ),
    "teams.new": roles("adam"),
    "teams.create": roles("adam", data={"name": "Quay team"}),
    "teams.edit": roles("adam", team_id="care_team"),
    "teams.update": roles("adam", team_id="care_team", data={"name": "Quay team"}),
    "teams.ending": roles("adam", team_id="care_team"),
    "teams.end": roles("adam", team_id="care_team"),
    "teams.bring_back": roles("adam", team_id="care_team"),
}
