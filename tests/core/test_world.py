"""The cast stands, so that outsider tests prove something."""

from tests.world import World


def test_it_has_outsiders_in_and_beside_the_practice(world: World) -> None:
    assert world.ben.practice_id == world.ana.practice_id
    assert world.cara.practice_id != world.ana.practice_id
    assert world.number(world.kim).id == world.number(world.lee).id
    assert world.number(world.olga).opted_out_at is not None
