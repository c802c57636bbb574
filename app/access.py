"""The one door to records. Every read starts from what this viewer may see; missing and forbidden look
alike. Whoever returns patients reports them to `seen`, which writes the access log (see `models.looks`)."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from app.core.db import db, in_turn
from app.core.errors import NotFound
from app.core.ids import parse_id
from app.models.care_team import CareTeam
from app.models.community_organization import CommunityOrganization
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Event
from app.models.looks import seen as seen
from app.models.looks import write_seen as write_seen
from app.models.message import Message
from app.models.partner_link import LinkScope, PartnerLink
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.run import ExportRun, ImportRun
from app.models.task import Task
from app.models.touchpoint import Touchpoint
from app.models.user import User
from app.models.viewer import TEAM_ROLES, Viewer

Found = TypeVar("Found")
#: Viewers who are no staff and no machine of the practice.
OUTSIDE = frozenset({"patient", "partner"})

# What a viewer may see, as conditions on one table each ------------------------------------------


def _patients(viewer: Viewer) -> ColumnElement[bool]:
    is_one = Patient.status != PatientStatus.ENTERED_IN_ERROR
    mine = and_(Patient.practice_id == viewer.practice_id, is_one)
    if viewer.sees_all_patients:
        return mine
    if viewer.role in TEAM_ROLES:
        return and_(
            mine, or_(Patient.care_team_id.is_(None), Patient.care_team_id.in_(viewer.team_ids))
        )
    if viewer.patient_id is not None:
        return and_(mine, Patient.id == viewer.patient_id)
    return false()


def _of_seen_patients(viewer: Viewer, table: type[Any], few: bool = False) -> ColumnElement[bool]:
    """Rows of `table` whose patient the viewer sees; of `few` rows each is asked for by itself."""
    mine = table.practice_id == viewer.practice_id
    if viewer.sees_practice:
        return and_(mine, true())
    if viewer.patient_id is not None:
        return and_(mine, table.patient_id == viewer.patient_id)
    theirs = select(Patient.id).where(_patients(viewer))
    if few:  # SQLite would first make the list of all of them
        return and_(mine, theirs.where(Patient.id == table.patient_id).correlate(table).exists())
    return and_(mine, table.patient_id.in_(theirs))


def _of_care(viewer: Viewer, table: type[Any], few: bool = False) -> ColumnElement[bool]:
    """The same, but nothing for the front desk: it belongs to their care."""
    return _of_seen_patients(viewer, table, few) if viewer.sees_care else false()


def visible_patients(viewer: Viewer) -> Select[Patient]:
    return select(Patient).where(_patients(viewer))


def visible_related_people(viewer: Viewer) -> Select[RelatedPerson]:
    """The people around the patients the viewer sees; a patient's own."""
    return select(RelatedPerson).where(_of_seen_patients(viewer, RelatedPerson))


def visible_tasks(viewer: Viewer) -> Select[Task]:
    return select(Task).where(_of_care(viewer, Task))


def visible_referrals(viewer: Viewer) -> Select[Referral]:
    if viewer.kind == "patient":
        return select(Referral).where(false())
    if viewer.kind == "partner":
        return select(Referral).where(_of_link(viewer))
    return select(Referral).where(_of_care(viewer, Referral))


def _of_link(viewer: Viewer) -> ColumnElement[bool]:
    """The one referral a link was made for, or those of its office; an intake form shows none."""
    mine = Referral.practice_id == viewer.practice_id
    if viewer.link_scope is LinkScope.REFERRAL:
        return and_(mine, Referral.id == viewer.subject_id)
    if viewer.link_scope is LinkScope.OFFICE:
        return and_(mine, Referral.referrer_id == viewer.subject_id)
    return false()


def visible_partner_links(viewer: Viewer) -> Select[PartnerLink]:
    """The links of a practice, for its staff who work with patients."""
    mine = PartnerLink.practice_id == viewer.practice_id
    works = viewer.sees_practice or viewer.role in TEAM_ROLES
    return select(PartnerLink).where(mine if works else false())


def visible_organizations(viewer: Viewer) -> Select[CommunityOrganization]:
    """The practice's directory, for its staff and machines."""
    mine = CommunityOrganization.practice_id == viewer.practice_id
    return select(CommunityOrganization).where(false() if viewer.kind in OUTSIDE else mine)


def visible_events(viewer: Viewer) -> Select[Event]:
    return select(Event).where(_of_care(viewer, Event))


def visible_conversations(viewer: Viewer, *, few: bool = False) -> Select[Conversation]:
    """Patients' threads the viewer sees; intake and the offices' threads for staff who work with patients."""
    seen = _of_care(viewer, Conversation, few)
    if viewer.role in TEAM_ROLES:
        mine = Conversation.practice_id == viewer.practice_id
        others = Conversation.kind.in_((ConversationKind.INTAKE, ConversationKind.REFERRAL))
        seen = or_(seen, and_(mine, others, Conversation.patient_id.is_(None)))
    return select(Conversation).where(seen)


def visible_messages(viewer: Viewer) -> Select[Message]:
    """Messages of the threads the viewer sees; a patient sees only their own, never held ones."""
    if viewer.kind == "patient":
        mine = _of_seen_patients(viewer, Message)
        return select(Message).where(mine, Message.held_reason.is_(None))
    if viewer.sees_practice:
        return select(Message).where(Message.practice_id == viewer.practice_id)
    threads = visible_conversations(viewer).with_only_columns(Conversation.id)
    return select(Message).where(
        Message.practice_id == viewer.practice_id, Message.conversation_id.in_(threads)
    )


def visible_touchpoints(viewer: Viewer) -> Select[Touchpoint]:
    """The ledger: the whole practice for leads, admins and analysts; their patients' rows for the rest."""
    if viewer.sees_ledger:
        return select(Touchpoint).where(Touchpoint.practice_id == viewer.practice_id)
    return select(Touchpoint).where(_of_care(viewer, Touchpoint))


def visible_users(viewer: Viewer) -> Select[User]:
    mine = User.practice_id == viewer.practice_id
    return select(User).where(false() if viewer.kind in OUTSIDE else mine)


def visible_teams(viewer: Viewer) -> Select[CareTeam]:
    mine = CareTeam.practice_id == viewer.practice_id
    return select(CareTeam).where(false() if viewer.kind == "partner" else mine)


def visible_imports(viewer: Viewer) -> Select[ImportRun]:
    mine = ImportRun.practice_id == viewer.practice_id
    return select(ImportRun).where(mine if viewer.sees_practice else false())


def visible_exports(viewer: Viewer) -> Select[ExportRun]:
    mine = ExportRun.practice_id == viewer.practice_id
    return select(ExportRun).where(mine if viewer.sees_ledger else false())


# One record, or NotFound --------------------------------------------------------------------------


def _one(statement: Select[Found], table: type[Any], row_id: UUID | str) -> Found:
    wanted = row_id if isinstance(row_id, UUID) else parse_id(row_id)
    found = (
        db.session.scalars(statement.where(table.id == wanted)).one_or_none() if wanted else None
    )
    if found is None:
        raise NotFound
    return found


def practice_of(viewer: Viewer) -> Practice:
    return db.session.get_one(Practice, viewer.practice_id)


def patient_for(viewer: Viewer, patient_id: UUID | str, *, through: str = "") -> Patient:
    found = _one(visible_patients(viewer), Patient, patient_id)
    if found.merged_into_id is not None:  # it stands for another
        found = _one(visible_patients(viewer), Patient, found.merged_into_id)
    seen(viewer, [found.id], through=through)
    return found


def around_for(viewer: Viewer, table: type[Found], row_id: UUID | str, *, of: UUID) -> Found:
    """What surrounds the patient `of`: a related person, a coverage."""
    kind: Any = table
    theirs = select(table).where(_of_seen_patients(viewer, table), kind.patient_id == of)
    return _one(theirs, table, row_id)


def task_for(viewer: Viewer, task_id: UUID | str) -> Task:
    return _one(in_turn(visible_tasks(viewer), Task), Task, task_id)


def conversation_for(
    viewer: Viewer, conversation_id: UUID | str, *, through: str = ""
) -> Conversation:
    """The thread; of a record that was merged into another, that other one's."""
    mine = in_turn(visible_conversations(viewer), Conversation)
    found = _one(mine, Conversation, conversation_id)
    if found.merged_into_id is not None:
        theirs = visible_conversations(viewer).where(found.is_of_survivor())
        found = db.session.scalars(theirs).one_or_none() or found
    if found.patient_id is not None:
        seen(viewer, [found.patient_id], through=through)
    return found


def message_for(viewer: Viewer, message_id: UUID | str) -> Message:
    return _one(in_turn(visible_messages(viewer), Message), Message, message_id)


def referral_for(viewer: Viewer, referral_id: UUID | str) -> Referral:
    return _one(in_turn(visible_referrals(viewer), Referral), Referral, referral_id)


def touchpoint_for(viewer: Viewer, touchpoint_id: UUID | str) -> Touchpoint:
    return _one(visible_touchpoints(viewer), Touchpoint, touchpoint_id)


def partner_link_for(viewer: Viewer, link_id: UUID | str) -> PartnerLink:
    return _one(visible_partner_links(viewer), PartnerLink, link_id)


def organization_for(viewer: Viewer, organization_id: UUID | str) -> CommunityOrganization:
    found = _one(visible_organizations(viewer), CommunityOrganization, organization_id)
    return organization_for(viewer, found.merged_into_id) if found.merged_into_id else found


def user_for(viewer: Viewer, user_id: UUID | str) -> User:
    return _one(visible_users(viewer), User, user_id)


def team_for(viewer: Viewer, team_id: UUID | str) -> CareTeam:
    return _one(visible_teams(viewer), CareTeam, team_id)


def import_for(viewer: Viewer, run_id: UUID | str) -> ImportRun:
    return _one(visible_imports(viewer), ImportRun, run_id)


def export_for(viewer: Viewer, run_id: UUID | str) -> ExportRun:
    return _one(visible_exports(viewer), ExportRun, run_id)
