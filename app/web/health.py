"""Alive, ready, and the numbers operators watch. None of them says anything about a patient."""

from collections.abc import Iterator

from flask import Blueprint, Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.log import logger
from app.models.message import Message
from app.models.task import OPEN_STATUSES, Task
from app.web.moment import now
from messaging.delivery import MessageStatus

bp = Blueprint("health", __name__)
log = logger("health")
QUEUES = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.IN_DOUBT)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@bp.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """The database answers and the queue can be read."""
    try:
        db.session.execute(select(Message.id).limit(1)).first()
    except SQLAlchemyError as error:
        log.error("not ready", error=type(error).__name__)
        return {"status": "not ready", "database": "unusable"}, 503
    return {"status": "ready", "database": "usable"}, 200


@bp.get("/metrics")
def metrics() -> Response:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Numbers:
    """Read from the database at the moment of asking, so every process says the same."""

    def collect(self) -> Iterator[Metric]:
        yield from queues()
        yield open_tasks()


def queues() -> Iterator[Metric]:
    size = GaugeMetricFamily("touchline_messages", "Messages by queue state", labels=["status"])
    age = GaugeMetricFamily(
        "touchline_oldest_due_seconds", "Age of the oldest due message", labels=["status"]
    )
    statement = (
        select(Message.status, func.count(), func.min(func.coalesce(Message.due_at, Message.status_at)))
        .where(Message.status.in_(QUEUES))
        .group_by(Message.status)
    )  # fmt: skip
    found = {status: (count, oldest) for status, count, oldest in db.session.execute(statement)}
    for status in QUEUES:
        count, oldest = found.get(status, (0, None))
        size.add_metric([status.value], count)
        waits = (now() - oldest).total_seconds() if oldest else 0
        age.add_metric([status.value], max(waits, 0))
    yield size
    yield age


def open_tasks() -> Metric:
    gauge = GaugeMetricFamily("touchline_open_tasks", "Open tasks", labels=["state"])
    statement = select(
        func.count().filter(Task.due_at > now()),
        func.count().filter(Task.due_at <= now()),
        func.count().filter(Task.stuck_reason.is_not(None)),
    ).where(Task.status.in_(OPEN_STATUSES))
    for state, count in zip(
        ("in_time", "overdue", "stuck"), db.session.execute(statement).one(), strict=True
    ):
        gauge.add_metric([state], count)
    return gauge
