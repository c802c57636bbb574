"""What a protocol says: when a task is due, its ladder of steps, the question it asks and what each
answer means. Plain data, strictly checked; a protocol row holds it as JSON and tasks keep its version."""

from datetime import time
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Language = Literal["en", "es"]
ByLanguage = dict[Language, str]
Kind = Literal[
    "medication_received",
    "appointment_kept",
    "referral_follow_up",
    "hospital_discharge",
    "no_show",
]
Action = Literal["text", "portal", "call", "caregiver", "partner", "lead"]
#: The rungs that write to the patient; the others are a person's to climb.
WRITING = ("text", "portal")
Grade = Literal[
    "partner_confirmed",
    "patient_confirmed",
    "caregiver_confirmed",
    "document",
    "staff_attested",
    "not_verified",
]
Phrases = dict[Language, list[str]]
#: The labels of `app.models.sensitivity`.
Label = Literal["part2", "behavioral", "reproductive", "minor"]


class Part(BaseModel):
    """Strict and frozen; a word nobody knows is an error, not a guess."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class DueRule(Part):
    """When a task is due, counted from a moment. Days end with the local day and the day of that moment
    isn't counted; elapsed days are 24 hours each, to the minute."""

    rule: Literal["business_days", "calendar_days", "elapsed_days"]
    days: int = Field(ge=0, le=366)
    #: "happens": what lies ahead, at the soonest from the day the task was made; "happened": what has been,
    #: from its own day however late the task was made.
    counted_from: Literal["created", "happens", "happened", "received"]


class Start(Part):
    """When the first step runs: at once, or some days after what the task is about has happened."""

    days_after_happening: int | None = Field(default=None, ge=0, le=60)
    #: Local time of that day, "HH:MM".
    time_of_day: str = "10:00"

    @model_validator(mode="after")
    def _check_time(self) -> Self:
        time.fromisoformat(self.time_of_day)
        return self


class Step(Part):
    """A rung. The next one comes `wait_days` later when nobody answers, at another time of day or in the
    morning if so said. A text loses its use `valid_hours` after it was written.

    `text` asks on the patient's channel, `portal` in the portal whatever that is; `call`, `caregiver`,
    `partner` and `lead` are a person's to do.
    """

    key: str = Field(pattern=r"^[a-z0-9_]+$", max_length=40)
    action: Action
    template: str | None = None
    #: Used when the day in question isn't known.
    template_undated: str | None = None
    wait_days: int = Field(default=1, ge=0, le=30)
    next_at: Literal["same_time", "other_time_of_day", "morning"] = "same_time"
    valid_hours: int = Field(default=48, ge=1, le=240)

    @model_validator(mode="after")
    def _check_template(self) -> Self:
        if self.writes is (self.template is None):
            raise ValueError("a text step has a template, another step has none")
        return self

    @property
    def writes(self) -> bool:
        """Whether the rung is a message to the patient."""
        return self.action in WRITING


class Choice(Part):
    """A numbered answer: what it is called here, and how patients read it."""

    key: str = Field(pattern=r"^[a-z_]+$")
    number: int = Field(ge=1, le=9)
    label: ByLanguage


class Question(Part):
    """What the texts ask: numbered answers, the line that names them, and phrases that mean them."""

    options: list[Choice] = Field(min_length=2)
    options_text: ByLanguage
    phrases: dict[Literal["yes", "no", "not_yet"], Phrases]


class Barrier(Part):
    """What is asked after a no."""

    template: str
    options: list[Choice] = Field(min_length=2)


class AskAgain(Part):
    """After "not yet": when, and from which step."""

    after_days: int = Field(ge=1, le=30)
    from_step: str


class Yes(Part):
    """A yes completes the task with an outcome, or only records that they are connected.

    `call`: written, it makes a call due; said to a person, it completes with the outcome.
    """

    means: Literal["complete", "connected", "call"]
    outcome: str | None = None


class No(Part):
    """A no asks what got in the way, makes a call due at once, or closes with an outcome."""

    means: Literal["ask_why", "call", "complete"] = "ask_why"
    outcome: str | None = None


class ContactRule(Part):
    """What counts as having reached somebody: a person's own contact, or so many separate attempts.

    An automated text alone is neither. Attempts are separate when they begin `apart_minutes` apart.
    """

    attempts: int = Field(ge=1, le=9)
    apart_minutes: int = Field(default=60, ge=0, le=1440)


class Outcome(Part):
    """A way to close the task. Only a success needs somebody who confirmed it.

    `evidence` names the grades it accepts (empty: any); `rests_on` what the ledger must show first.
    """

    key: str = Field(pattern=r"^[a-z_]+$")
    title: str
    is_success: bool = False
    evidence: list[Grade] = []
    rests_on: Literal["contact", "attempts"] | None = None


class Definition(Part):
    task_type: Kind
    version: int = Field(ge=1)
    title: str
    #: How a text names the matter when it has to tell two apart.
    label: ByLanguage
    label_undated: ByLanguage | None = None
    purpose: Literal["care_navigation", "appointment", "referral"]
    due: DueRule
    start: Start = Start()
    steps: list[Step] = Field(min_length=1)
    question: Question
    yes: Yes
    no: No = No()
    not_yet: AskAgain
    barrier: Barrier
    outcomes: list[Outcome] = Field(min_length=1)
    contact: ContactRule | None = None
    #: Every task it opens is handled with care from the start.
    sensitivity: Label | None = None

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        outcomes = {outcome.key for outcome in self.outcomes}
        if self.yes.means != "connected" and self.yes.outcome not in outcomes:
            raise ValueError("a yes must lead to one of the outcomes")
        if self.no.means == "complete" and self.no.outcome not in outcomes:
            raise ValueError("a no must lead to one of the outcomes")
        if self.contact is None and any(outcome.rests_on for outcome in self.outcomes):
            raise ValueError("an outcome that rests on contact needs the rule of what counts")
        keys = [step.key for step in self.steps]
        if self.not_yet.from_step not in keys:
            raise ValueError("asking again must begin at one of the steps")
        if len(set(keys)) < len(keys):
            raise ValueError("two steps have the same key")
        self._check_answers()
        return self

    def _check_answers(self) -> None:
        for options in (self.question.options, self.barrier.options):
            if len({o.number for o in options}) < len(options):
                raise ValueError("two answers have the same number")
            if len({o.key for o in options}) < len(options):
                raise ValueError("two answers have the same key")

    def index_of(self, step_key: str) -> int:
        return [step.key for step in self.steps].index(step_key)

    def outcome_named(self, key: str) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.key == key), None)

    @property
    def patient_words(self) -> dict[str, Any]:
        """Everything in it that patients read, beside the wordings its steps name."""
        return {
            "label": self.label,
            "label_undated": self.label_undated,
            "options_text": self.question.options_text,
            "answers": {option.key: option.label for option in self.question.options},
            "barriers": {option.key: option.label for option in self.barrier.options},
        }

    @property
    def success(self) -> Outcome:
        """The outcome everybody hopes for."""
        return next(outcome for outcome in self.outcomes if outcome.is_success)


def said_in(words: ByLanguage, language: str) -> str:
    """The words in this language, else in English."""
    return words["es"] if language == "es" and "es" in words else words["en"]
