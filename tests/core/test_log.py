"""Logs: what is said where an operator looks, and what is not."""

import logging

from flask import Flask


def test_it_says_nothing_of_a_tick_that_finds_the_last_one_running(app: Flask) -> None:
    assert not logging.getLogger("apscheduler.scheduler").isEnabledFor(logging.WARNING)
