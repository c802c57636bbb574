"""Lists by cursor: in the order of changes, nothing missed, nothing twice, good for polling."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.core.db import db
from tests.actions.test_seals import write_rows
from tests.api.v1.conftest import check_problem


def walk(api, path: str, limit: int) -> list[str]:
    ids, after = [], ""
    while True:
        page = api.get(f"{path}?limit={limit}{after}").get_json()
        assert len(page["items"]) <= limit
        ids += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return ids
        assert page["resume"] == page["next"]
        after = f"&after={page['next']}"


def test_it_walks_every_patient_once_whatever_the_page_size(api, world) -> None:
    everyone = walk(api, "patients", 500)
    assert len(everyone) == len(set(everyone)) == 6
    assert [walk(api, "patients", limit) for limit in (1, 2, 5)] == [everyone] * 3


def test_a_change_moves_a_row_to_the_end_and_polling_sees_it(api, world) -> None:
    first = api.get("patients").get_json()
    assert (first["next"], first["resume"].isdigit()) == (None, True)
    quiet = api.get(f"patients?after={first['resume']}").get_json()
    assert quiet == {"items": [], "next": None, "resume": first["resume"]}
    api.patch(f"patients/{world.rosa.id}", {"pcp": "Dr. Nadia Haddad"})
    later = api.get(f"patients?after={first['resume']}").get_json()
    assert [item["id"] for item in later["items"]] == [str(world.rosa.id)]
    assert walk(api, "patients", 2)[-1] == str(world.rosa.id)


def test_a_row_changed_while_paging_comes_again_at_the_end(api, world) -> None:
    page = api.get("patients?limit=2").get_json()
    api.patch(f"patients/{page['items'][0]['id']}", {"pcp": "Dr. Nadia Haddad"})
    rest = api.get(f"patients?after={page['next']}").get_json()["items"]
    assert [item["id"] for item in rest][-1] == page["items"][0]["id"]
    assert len({item["id"] for item in page["items"] + rest}) == 6


@pytest.mark.parametrize(
    "query", ["after=abc", "after=-1", "after=1.5", "after=" + "9" * 19, "limit=0", "limit=501", "limit=ten",
              "limit=-1", "limit=1&limit=2", "page=2", "after=%00", "after=1%27--"],
)  # fmt: skip
def test_it_explains_a_cursor_or_a_limit_that_makes_no_sense(api, query) -> None:
    problem = check_problem(api.get(f"patients?{query}"), 422)
    assert problem["errors"][0]["field"] == query.split("=")[0]


def test_every_list_has_the_same_shape(api) -> None:
    for noun in ("patients", "tasks", "messages", "referrals", "touchpoints"):
        page = api.get(noun).get_json()
        assert sorted(page) == ["items", "next", "resume"]


@contextmanager
def counting() -> Iterator[list[str]]:
    """The SELECTs sent meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        if statement.startswith("SELECT"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("noun", ["patients", "tasks", "messages", "referrals", "touchpoints"])
def test_a_page_costs_the_same_reads_whatever_its_length(api, world, clock, noun) -> None:
    write_rows(world, clock.now, "abc")
    for patient in (world.sam, world.rosa, world.kim):
        about = {"patient_id": str(patient.id)}
        api.post("messages", about | {"channel": "sms", "body": "Hello"})
        api.post("tasks", about | {"type": "medication_received"})
        api.post("referrals", about | {"reason": "Rides"})
    with counting() as few:
        assert len(api.get(f"{noun}?limit=1").get_json()["items"]) == 1
    with counting() as many:
        assert len(api.get(f"{noun}?limit=500").get_json()["items"]) >= 3
    assert len(many) == len(few)
