"""Alive, ready, and the numbers operators watch. None of them says anything about a patient."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.actions import carrier_queue
from app.actions.undelivered import is_alarm
from app.core.db import db
from app.core.log import logger
from app.models.message import Message
from app.models.task import OPEN_STATUSES, Task
from app.queries.queue_health import queue_health
from app.queries.undelivered import lost_by_practice
from app.web.moment import now

bp = Blueprint("health", __name__)
log = logger("health")


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
        health, lost = queue_health(at=now()), LostEverywhere.read(at=now())
        states = {"due": health.due, "waiting": health.waiting, "sending": health.sending,
                  "in_doubt": health.in_doubt, "held": health.held,
                  "undelivered": lost.count}  # fmt: skip
        yield gauge("touchline_messages", "Messages in the queue", "state", states)
        ages = {"due": health.oldest_due_seconds, "in_doubt": health.oldest_doubt_seconds,
                "undelivered": lost.oldest_seconds}  # fmt: skip
        yield gauge("touchline_oldest_seconds", "Age of the oldest message", "state", ages)
        tasks = tasks_by_state(health.stuck_tasks)
        yield gauge("touchline_open_tasks", "Open tasks", "state", tasks)
        seen = {"any": health.worker_seen}
        alarms = {"undelivered": lost.alarms}
        yield gauge("touchline_alarms", "Practices where nobody sees to it", "kind", alarms)
        full, longest = carrier_queue.longest(at=now())
        lines = {"stopped": health.stopped_lines, "queue_full": full}
        yield gauge("touchline_lines", "Lines the carrier takes nothing from", "state", lines)
        queue = {"longest": longest}
        yield gauge(
            "touchline_carrier_queue_seconds", "Ours in a carrier's own queue", "line", queue
        )
        yield gauge("touchline_worker_seen", "1 when a process runs the ticks", "process", seen)


@dataclass(frozen=True, slots=True)
class LostEverywhere:
    """Texts that did not arrive and nobody has dealt with, over all practices."""

    count: int
    oldest_seconds: float
    alarms: int

    @classmethod
    def read(cls, *, at: datetime) -> "LostEverywhere":
        found = [(practice, each) for practice, each in lost_by_practice(at=at) if each.since]
        ages = [(at - each.since).total_seconds() for _, each in found if each.since]
        alarms = [is_alarm(practice, each.since, at=at) for practice, each in found if each.since]
        return cls(sum(each.count for _, each in found), max(ages, default=0.0), sum(alarms))


def gauge(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    made = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        made.add_metric([key], value)
    return made


def tasks_by_state(stuck: int) -> dict[str, float]:
    statement = select(
        func.count().filter(Task.due_at > now()), func.count().filter(Task.due_at <= now())
    ).where(Task.status.in_(OPEN_STATUSES))
    in_time, overdue = db.session.execute(statement).one()
    return {"in_time": in_time, "overdue": overdue, "stuck": stuck}
