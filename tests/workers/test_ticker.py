"""The ticker: sweeps on their intervals, one instance each, paused without the lease, ending cleanly."""

import time
from collections.abc import Callable, Iterator
from threading import Event

import pytest
from flask import Flask, current_app

from workers.ticker import Ticker
from workers.timetable import OUTBOX, TICKS, Tick


@pytest.fixture
def start(app: Flask) -> Iterator[Callable[..., Ticker]]:
    made: list[Ticker] = []

    def run(*ticks: Tick) -> Ticker:
        ticker = Ticker(app, ticks)
        ticker.start()
        made.append(ticker)
        return ticker

    yield run
    for ticker in made:
        ticker.stop(seconds=2)


def wait_until(true: Callable[[], bool], seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def test_it_runs_nothing_before_it_may(start) -> None:
    calls: list[int] = []
    ticker = start(Tick("t", 0.05, lambda: calls.append(1) or 0))
    time.sleep(0.2)
    assert calls == []
    ticker.resume()
    wait_until(lambda: len(calls) >= 2)
    ticker.pause()
    time.sleep(0.1)
    before = len(calls)
    time.sleep(0.2)
    assert len(calls) == before


def test_it_runs_sweeps_in_a_context_of_their_own(start, app: Flask) -> None:
    apps: list[Flask] = []
    start(Tick("t", 60, lambda: apps.append(current_app._get_current_object()) or 0)).resume()
    wait_until(lambda: apps == [app])


def test_it_comes_at_once_when_the_bell_rings(start) -> None:
    calls: list[float] = []
    ticker = start(Tick("t", 600, lambda: calls.append(time.monotonic()) or 0))
    ticker.resume()
    wait_until(lambda: len(calls) == 1)
    rung = time.monotonic()
    ticker.ring("t")
    wait_until(lambda: len(calls) == 2)
    assert calls[1] - rung < 1
    ticker.ring("unheard of")


def test_it_never_runs_a_sweep_twice_at_a_time_and_goes_on_after_a_failure(start) -> None:
    active: list[int] = []
    most: list[int] = []

    def slow() -> int:
        active.append(1)
        most.append(len(active))
        time.sleep(0.1)
        active.pop()
        raise RuntimeError("broken on purpose")

    start(Tick("t", 0.02, slow)).resume()
    wait_until(lambda: len(most) >= 3)
    assert set(most) == {1}


def test_it_waits_for_a_running_sweep_when_it_stops(start) -> None:
    begun, ended = Event(), Event()

    def slow() -> int:
        begun.set()
        time.sleep(0.3)
        ended.set()
        return 0

    ticker = start(Tick("t", 600, slow))
    ticker.resume()
    assert begun.wait(5)
    assert ticker.stop(seconds=5)
    assert ended.is_set()


def test_it_says_when_a_sweep_would_not_end(start) -> None:
    begun, let_go = Event(), Event()

    def stuck() -> int:
        begun.set()
        let_go.wait(10)
        return 0

    ticker = start(Tick("t", 600, stuck))
    ticker.resume()
    assert begun.wait(5)
    assert not ticker.stop(seconds=0.1)
    let_go.set()


def test_it_has_every_sweep_on_the_timetable_once() -> None:
    names = [tick.name for tick in TICKS]
    assert len(names) == len(set(names)) == len({tick.sweep for tick in TICKS})
    seconds = {tick.name: tick.seconds for tick in TICKS}
    assert seconds[OUTBOX] == 1
    assert seconds["missed texts"] == 600
