"""Redis taken away, first cut off and then silent: texts are taken in and pages served all the while, no page
is wrong once it asks again, and pokes come by themselves when Redis is back."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from socketio import RedisManager

from app.realtime.rooms import of_topic
from tests.databases import KIND
from tests.faults.conftest import database_of, installed
from tests.faults.figures import Figure, size
from tests.faults.live import Live, phone
from tests.faults.proxy import Proxy
from tests.production.conftest import Redis, Staff, redis_server  # noqa: F401 - a fixture
from tests.production.sockets import Socket
from tests.server import wait_until

EACH = size(3, 50)
#: The database plays no part in it.
pytestmark = pytest.mark.skipif(KIND != "sqlite", reason="once is enough")


@pytest.fixture
def live(
    tmp_path: Path,
    redis_server: Redis,  # noqa: F811 - the fixture
    run_name: str,
    worker_name: str,
) -> Iterator[tuple[Live, Proxy]]:
    """A web process that hears of the others through Redis only, with a network in between."""
    proxy = Proxy(("127.0.0.1", redis_server.port))
    url = f"redis://127.0.0.1:{proxy.port}/0"
    with installed(tmp_path, database_of(tmp_path, run_name, worker_name), REDIS_URL=url) as made:
        made.server.start("-k", "gevent")
        yield made, proxy
    proxy.close()


@pytest.mark.slow
def test_it_takes_texts_and_serves_pages_while_redis_is_away(
    live: tuple[Live, Proxy],
    redis_server: Redis,  # noqa: F811 - the fixture
    figure: Figure,
) -> None:
    made, proxy = live
    staff = Staff(made.server)
    socket = Socket(made.server.url, staff.cookie, "board")
    text_in(made, "before")
    wait_until(lambda: socket.pokes, seconds=10, what="pokes come")
    refused = unseen = 0
    longest = 0.0
    for fault in (proxy.hang, proxy.cut):
        fault()
        for n in range(EACH):
            known = newest(staff)
            began = time.monotonic()
            refused += text_in(made, f"meanwhile {n}") != 200
            assert "<html" in staff.get("/inbox")
            longest = max(longest, time.monotonic() - began)
            unseen += newest(staff) <= known  # a page that asks is right, poke or no poke
        proxy.restore()
        heard = len(socket.pokes)

        def is_poked(heard: int = heard) -> bool:
            another_process(made, redis_server)
            with contextlib.suppress(AssertionError):
                wait_until(lambda: len(socket.pokes) > heard, seconds=1, what="a poke")
            return len(socket.pokes) > heard

        wait_until(is_poked, seconds=60, what="pokes come again")
    figure("Redis away", n=2 * EACH, refused=refused, not_seen_by_pages=unseen,
           longest_seconds=round(longest, 1))  # fmt: skip
    assert (refused, unseen) == (0, 0)
    socket.close()


def another_process(live: Live, redis: Redis) -> None:
    """A poke as the worker and the other web processes send it: only Redis brings it here."""
    ((practice_id,),) = live.rows("SELECT id FROM practice")
    room = of_topic(UUID(str(practice_id)), "board")
    RedisManager(redis.url, channel="touchline", write_only=True).emit(
        "poke", {"topic": "board", "seq": 1}, room=room
    )


def text_in(live: Live, body: str) -> int:
    return live.come_in(phone(900), body)[1]


def newest(staff: Staff) -> int:
    """Where the board stands, as a page is told when it asks."""
    return int(json.loads(staff.get("/topics?watch=board@0"))["moved"].get("board", 0))
