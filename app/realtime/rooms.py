"""Names of rooms, derived by the server alone. A client names a topic; it never names a room."""

from uuid import UUID

from app.models.viewer import Viewer


def of_topic(practice_id: UUID, topic: str) -> str:
    return f"{practice_id}/{topic}"


def of_person(practice_id: UUID, kind: str, person_id: UUID | None) -> str:
    """The room every socket of one person is in, so that all of them can be dropped at once."""
    return f"{practice_id}/who:{kind}:{person_id}"


def of_viewer(viewer: Viewer) -> str:
    return of_person(viewer.practice_id, viewer.kind, viewer.id)
