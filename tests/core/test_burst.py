"""A burst of requests: each connection that was opened is kept for the next one. One that is closed after its
use makes every further request of the burst pay for a new one, and the burst feeds itself."""

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

from app.factory import engine_options


def test_it_keeps_every_connection_a_burst_opened(app: Flask) -> None:
    engine = create_engine(**engine_options(app.extensions["touchline.settings"]))
    assert isinstance(engine.pool, QueuePool)
    opened = [engine.connect() for _ in range(18)]
    for connection in opened:
        connection.close()
    kept = engine.pool.checkedin()
    engine.dispose()
    assert kept == len(opened)
