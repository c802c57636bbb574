"""What a message that came in can be to us, and what is carried along while it takes effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.actions.questions import Asked
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Actor
from app.models.message import Message
from app.models.practice import Line
from app.models.task import Task
from messaging.keywords import KeywordMatch

if TYPE_CHECKING:
    from app.actions.inbound_people import Person


class Kind(StrEnum):
    """What a message is to us; stored with it, so that the thread can say why nobody had to answer."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    JOIN = "join"
    NEAR_STOP = "near_stop"
    ANSWER = "answer"
    WHICH_TASK = "which_task"
    CLARIFIED = "clarified"
    #: Said in the portal, of their own accord.
    CONFIRMED = "confirmed"
    REPEATED = "repeated"
    CONTRADICTED = "contradicted"
    LATE = "late"
    UNCLEAR = "unclear"
    FREE_TEXT = "free_text"
    WHO_IS_THIS = "who_is_this"
    WHO_SAID = "who_said"


#: Nobody has to read these: a rule understood them and did what they ask for.
SETTLED = frozenset({Kind.STOP, Kind.START, Kind.HELP, Kind.ANSWER, Kind.CLARIFIED, Kind.CONFIRMED,
                     Kind.REPEATED, Kind.WHO_SAID})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """`person` None files the message in the number's intake thread. `about` are the questions meant."""

    kind: Kind
    person: "Person | None"
    key: str | None = None
    reason: str = ""
    keyword: KeywordMatch | None = None
    about: tuple[Asked, ...] = ()
    between: Mapping[UUID, str] = field(default_factory=dict)
    candidates: tuple[UUID, ...] = ()
    #: The task it is about, where no question was asked.
    task: Task | None = None
    #: The carrier itself told us that it acted on the keyword.
    carrier_acted: bool = False

    @property
    def is_settled(self) -> bool:
        return self.kind in SETTLED or (self.kind is Kind.JOIN and self.person is not None)

    @property
    def task_id(self) -> UUID | None:
        """The one task it concerns."""
        if self.kind is Kind.CLARIFIED and self.key is not None:
            return UUID(self.key)
        if self.task is not None:
            return self.task.id
        tasks = [each.task.id for each in self.about if each.task is not None]
        return tasks[0] if len(tasks) == 1 else None

    def to_json(self) -> dict[str, Any]:
        """What the timeline, the ledger and the audit keep; never the person's words."""
        kept: dict[str, Any] = {"kind": self.kind.value}
        if self.kind is Kind.CLARIFIED:
            kept["key"] = self.about[0].asked["pending_answer"]["keys"][self.key]
        elif self.key is not None:
            kept["key"] = self.key
        if self.reason:
            kept["reason"] = self.reason
        if self.keyword is not None:
            kept["word"] = self.keyword.word
        if self.task_id is not None:
            kept["task_id"] = str(self.task_id)
        if self.candidates:
            kept["candidates"] = [str(one) for one in self.candidates]
        return kept


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is in, its thread, what it means, and by which line and number it came (SMS)."""

    message: Message
    thread: Conversation
    reading: Reading
    people: tuple["Person", ...]
    number: PhoneNumber | None = None
    line: Line | None = None
    #: False for a message that was held before: its row is older than this transaction.
    is_new: bool = True
    #: A file came with it: whatever the words did, a person looks.
    has_media: bool = False

    @property
    def is_shared(self) -> bool:
        return len(self.people) > 1

    @property
    def person(self) -> "Person | None":
        return self.reading.person

    @property
    def actor(self) -> Actor:
        """Who wrote: the person, a referring office or organization, or somebody we do not know."""
        if self.person is not None:
            return self.person.actor
        partner = self.number.partner_id if self.number is not None else None
        return Actor("partner", partner) if partner is not None else Actor("patient")

    @property
    def is_from_office(self) -> bool:
        return self.thread.kind is ConversationKind.REFERRAL

    @property
    def language(self) -> str:
        """Of the keyword, else of the person."""
        if self.reading.keyword is not None:
            return self.reading.keyword.language
        return self.person.patient.language if self.person is not None else "en"
