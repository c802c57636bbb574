"""W7 and the outbox, the network to the database cut under load: what was not acknowledged is fetched from
the carrier's list, and texts on their way when it happened are neither lost nor sent twice."""

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.faults.figures import Figure, size
from tests.faults.live import Live, at_once, phone
from tests.faults.proxy import Proxy
from tests.faults.test_restore import release_planned
from tests.server import wait_until

Network = tuple[Live, Proxy]
AWAY = size(2, 60)  # seconds
PER_SECOND = 20
TEXTS = size(40, 400)


class Load:
    """Texts come in at a steady pace until the load ends; `answers` by the carrier's id."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.answers: dict[str, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        texting: list[threading.Thread] = []
        while not self._ended.wait(1 / PER_SECOND):
            one = threading.Thread(target=self._text, args=(len(texting),))
            one.start()
            texting.append(one)
        for one in texting:
            one.join()

    def _text(self, n: int) -> None:
        sid, answered = self.live.come_in(phone(n % 20), f"text number {n}")
        self.answers[sid] = answered

    def goes_well(self) -> bool:
        """The latest answers are all yes."""
        return len(self.answers) > 5 and set([*self.answers.values()][-5:]) == {200}


@pytest.mark.slow
def test_it_fetches_every_text_it_could_not_take_while_the_database_was_away(
    network: Network, figure: Figure
) -> None:
    live, proxy = network
    with Load(live) as load:
        wait_until(load.goes_well, seconds=30, what="texts come in")
        for fault, restore_after in ((proxy.cut, AWAY), (proxy.hang, AWAY / 2)):
            fault()
            time.sleep(restore_after)
            proxy.restore()
            known = len(load.answers)
            wait_until(
                lambda known=known: len(load.answers) > known + 20 and load.goes_well(),
                seconds=240, what="it takes texts again by itself",
            )  # fmt: skip
    refused = [sid for sid, answered in load.answers.items() if answered != 200]
    kept = live.heard()
    acknowledged_and_lost = [s for s, a in load.answers.items() if a == 200 and not kept[s]]
    live.reconcile()
    kept = live.heard()
    missing = [sid for sid in load.answers if not kept[sid]]
    doubled = [sid for sid, count in kept.items() if count > 1]
    figure("W7 database away", n=len(load.answers), refused=len(refused), lost=len(missing),
           acknowledged_and_lost=len(acknowledged_and_lost), doubled=len(doubled))  # fmt: skip
    assert refused, "else the database was not away"
    assert {load.answers[sid] for sid in refused} <= {503, 0}
    assert (acknowledged_and_lost, missing, doubled) == ([], [], [])


@pytest.mark.slow
def test_it_neither_loses_nor_doubles_texts_that_leave_while_the_database_goes_away(
    network: Network, figure: Figure
) -> None:
    """Answers and reports of the carrier meet a database that is not there."""
    live, proxy = network
    patients = [live.patient(100 + n) for n in range(20)]
    before = len(live.carrier.accepted())
    live.carrier.configure(callbacks="delayed", callback_delay_seconds=AWAY + 4)
    live.carrier.set_fault("accept_then_late", times=None, delay=0.5)
    write_planned(live, patients)
    release_planned(live)  # all of them at once
    wait_until(lambda: len(live.carrier.accepted()) > before + 5, seconds=30, what="texts leave")
    on_their_way = live.statuses()["sending"]
    proxy.cut()
    time.sleep(AWAY)
    proxy.restore()
    live.carrier.clear_faults()

    def sent() -> Counter[str]:
        return Counter(row["body"] for row in live.carrier.accepted()[before:])

    def ended() -> bool:
        """All that was taken is known to be; where nobody can know, the carrier's list is still asked."""
        let_leases_lapse(live)
        states = live.statuses()
        return states.keys() <= {"delivered", "in_doubt"} and states["delivered"] == len(sent())

    wait_until(ended, seconds=240, what="every text has ended")
    in_doubt = live.statuses()["in_doubt"]
    lost = TEXTS - len(sent()) - in_doubt
    doubled = sum(count - 1 for count in sent().values())
    figure("O1 database cut in mid-send", n=TEXTS, sending_when_cut=on_their_way, lost=lost,
           doubled=doubled, in_doubt=in_doubt)  # fmt: skip
    assert on_their_way, "else nothing was on its way"
    assert (lost, doubled) == (0, 0)
    assert in_doubt <= on_their_way


def write_planned(live: Live, patients: list[str]) -> None:
    """Texts that wait for a time to come."""
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wishes = [
        {"patient_id": patients[n % 20], "channel": "sms", "body": f"Text {n}", "send_after": later}
        for n in range(TEXTS)
    ]
    answers = at_once(lambda wish: live.api("POST", "/messages", wish), wishes, threads=8)
    assert Counter(status for status, _ in answers) == {202: TEXTS}


def let_leases_lapse(live: Live) -> None:
    """A lease of a minute ends after 15 seconds."""
    now = datetime.now(UTC)
    with live.engine.begin() as connection:
        connection.execute(text(
            "UPDATE message SET lease_until = :over WHERE status = 'sending' AND status_at < :claimed"
        ), {"over": now - timedelta(seconds=1), "claimed": now - timedelta(seconds=15)})  # fmt: skip
