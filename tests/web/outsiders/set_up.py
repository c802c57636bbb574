"""The set-up: its first page only on an empty database, its steps an admin's."""

from tests.web.outsider_cases import public, roles

NOTHING = "once there is a practice, nothing is here: tests/web/test_set_up.py"
CASES = {
    "set_up.page": public(NOTHING),
    "set_up.enter": public(NOTHING),
    "set_up.create": public(NOTHING),
    "set_up_steps.index": roles("adam"),
    "set_up_steps.page": roles("adam", step="hours"),
    "set_up_steps.save": roles("adam", step="hours", data={}),
}
