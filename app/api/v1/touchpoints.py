"""`/api/v1/touchpoints`: the ledger's rows, read only, with the reasons typed for late and reversing rows.
Nothing a patient wrote or was written is part of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from app import access
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer
from app.api.v1.openapi import documented
from app.api.v1.paging import Page, PageQuery, read_page
from app.api.v1.schemas import Shown
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint
from app.models.viewer import Viewer
from app.queries.ledger import seals_of, tasks_served


class SealOut(Shown):
    """The row's place in the practice's chain, once it is sealed: within seconds of being recorded."""

    seq: int
    row_hash: str
    sealed_at: datetime


class TouchpointOut(Shown):
    """One dated act by one person (or the system) for one patient, as it stood at that moment."""

    id: UUID
    patient_id: UUID
    source_kind: str
    source_id: str
    message_id: UUID | None
    #: The tasks it served; its minutes count once for all of them.
    task_ids: list[UUID]
    started_at: datetime
    ended_at: datetime
    time_zone: str
    seconds: int
    minutes_source: MinutesSource
    recorded_at: datetime
    late_entry_reason: str | None
    actor_kind: ActorKind
    actor_id: UUID | None
    actor_role: str | None
    actor_credential: str | None
    employer: str
    supervisor_id: UUID | None
    contact_party: str
    relationship: str | None
    channel: str
    direction: str
    is_synchronous: bool
    is_interactive: bool
    attempt_number: int | None
    contact_outcome: str | None
    activity_type: str
    programs: list[str]
    goal: str | None
    result: dict[str, Any]
    payer: str | None
    member_id: str | None
    program: str | None
    subgroup: str | None
    care_team: str | None
    setting: str
    is_hospice: bool
    sensitivity: str | None
    consent_id: UUID | None
    segments: int | None
    entered_by_id: UUID | None
    supersedes_id: UUID | None
    void_reason: str | None
    seal: SealOut | None


class TouchpointPage(Page):
    items: list[TouchpointOut]


@bp.get("/touchpoints")
@documented("touchpoints", query=PageQuery, gives=(200, TouchpointPage))
def list_touchpoints() -> Response:
    """List touchpoints, in the order they were recorded."""
    by = viewer("touchpoints:read")
    rows, following, resume = read_page(
        by, access.visible_touchpoints(by), Touchpoint, "touchpoint"
    )
    access.seen(by, [row.patient_id for row in rows], through="api")
    return answer(TouchpointPage(items=_shown(by, rows), next=following, resume=resume))


@bp.get("/touchpoints/<uuid:touchpoint_id>")
@documented("touchpoints", gives=(200, TouchpointOut), refuses=(404,))
def read_touchpoint(touchpoint_id: UUID) -> Response:
    """Read a touchpoint."""
    by = viewer("touchpoints:read")
    row = access.touchpoint_for(by, touchpoint_id)
    access.seen(by, [row.patient_id], through="api")
    return answer(_shown(by, [row])[0])


def _shown(by: Viewer, rows: Sequence[Touchpoint]) -> list[TouchpointOut]:
    served = tasks_served(by.practice_id, [row.id for row in rows])
    seals = seals_of(by.practice_id, [row.id for row in rows])
    columns = [name for name in TouchpointOut.model_fields if name not in ("task_ids", "seal")]
    return [
        TouchpointOut.model_validate(
            {name: getattr(row, name) for name in columns}
            | {"task_ids": served.get(row.id, []), "seal": seals.get(row.id)}
        )
        for row in rows
    ]
