"""The ledger over the API: every row of the practice, read only, without free text."""

from tests.actions.test_seals import write_rows
from tests.api.v1.conftest import check_problem


def test_it_lists_and_reads_the_ledger(api, world, clock) -> None:
    write_rows(world, clock.now, "abc")
    page = api.get("touchpoints?limit=2").get_json()
    rest = api.get(f"touchpoints?after={page['next']}").get_json()
    rows = page["items"] + rest["items"]
    assert len({row["id"] for row in rows}) == 3
    assert {row["patient_id"] for row in rows} == {str(world.sam.id)}
    assert api.get(f"touchpoints/{rows[0]['id']}").get_json() == rows[0]
    assert not {"summary", "text", "body", "note"} & set(rows[0])


def test_it_cannot_be_written(api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        check_problem(api.send(method, "touchpoints", {}), 405)
