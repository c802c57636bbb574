"""Who will get a text to a list, who waits and until when, and who will not and why: the send gate's own
answers, grouped. Writes nothing."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.actions import send_facts_many, urgency
from app.actions.list_plan import Plan, is_text
from app.actions.list_words import Text, Writer
from app.actions.send_facts_many import Surroundings
from app.models.list_send import ListProblem
from app.models.patient import Patient
from app.models.practice import Practice
from messaging.errors import WordingError
from messaging.gate import Decision, Verdict


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a list; `text` and `verdict` None, with the `problem`, when no message can be written."""

    patient: Patient
    text: Text | None
    verdict: Verdict | None
    line_id: UUID | None
    number_id: UUID | None
    problem: ListProblem | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """People with the same answer; `first` and `last`: until when they wait."""

    decision: Decision
    reason: str
    people: Sequence[Person]
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """`seconds`: how long the lines need at their pace, and the list at its own, without waits."""

    now: Sequence[Group]
    later: Sequence[Group]
    never: Sequence[Group]
    segments: int
    seconds: float
    #: How many share a number with somebody else of the list; each gets their own text.
    sharing: int
    #: Languages nobody wrote words in → how many people read them.
    missing: dict[str, int]

    def count(self, groups: Sequence[Group]) -> int:
        return sum(len(group.people) for group in groups)

    @property
    def reached(self) -> int:
        return self.count(self.now) + self.count(self.later)

    @property
    def total(self) -> int:
        return self.reached + self.count(self.never)


def preview(
    practice: Practice, patients: Sequence[Patient], plan: Plan, *, at: datetime
) -> Preview:
    """Judge a text to each of the patients as it would be now. A constant number of statements."""
    around = send_facts_many.look_around(practice, patients, purpose=plan.purpose, at=at)
    writer = Writer(practice, plan.words, others_get_english=plan.others_get_english)
    urgent = urgency.whose_wait(practice.id, [patient.id for patient in patients])
    people = [
        _left_out(patient, ListProblem.URGENT)
        if patient.id in urgent
        else _person(patient, plan, writer, around, at)
        for patient in patients
    ]
    groups = _grouped(people)
    reached = [p for p in people if p.verdict and p.verdict.decision is not Decision.WITHHELD]
    numbers = Counter(p.number_id for p in reached if is_text(p.patient))
    return Preview(
        now=[g for g in groups if g.decision is Decision.ALLOWED],
        later=[g for g in groups if g.decision is Decision.WAIT],
        never=[g for g in groups if g.decision is Decision.WITHHELD],
        segments=sum(p.text.segments for p in reached if p.text),
        seconds=_seconds(reached, around, plan),
        sharing=sum(n for n in numbers.values() if n > 1),
        missing=dict(
            Counter(p.patient.language for p in people if p.problem is ListProblem.NO_WORDS)
        ),
    )


def _left_out(patient: Patient, problem: ListProblem) -> Person:
    return Person(patient, None, None, None, None, problem)


def _person(
    patient: Patient, plan: Plan, writer: Writer, around: Surroundings, at: datetime
) -> Person:
    line, problem = around.lines.get(patient.id), None
    try:
        text = writer.text_for(patient)
        problem = ListProblem.NO_WORDS if text is None else None
    except WordingError:
        text, problem = None, ListProblem.BROKEN
    number = around.numbers.get(patient.id)
    row = plan.message_to(patient, practice_id=around.practice.id)
    return Person(
        patient,
        text,
        around.judge(row, patient, at=at) if text is not None else None,
        line.id if line else None,
        number.id if number else None,
        problem,
    )


def _grouped(people: Sequence[Person]) -> list[Group]:
    """By decision and reason, the largest group first."""
    found: defaultdict[tuple[Decision, str], list[Person]] = defaultdict(list)
    for person in people:
        verdict = person.verdict
        if verdict is None:
            found[Decision.WITHHELD, str(person.problem)].append(person)
        else:
            found[verdict.decision, verdict.reason.value].append(person)
    made = []
    for (decision, reason), those in found.items():
        untils = [p.verdict.until for p in those if p.verdict and p.verdict.until]
        made.append(
            Group(decision, reason, those, min(untils, default=None), max(untils, default=None))
        )
    return sorted(made, key=lambda group: (-len(group.people), group.reason))


def _seconds(reached: Sequence[Person], around: Surroundings, plan: Plan) -> float:
    """The slowest of: each line at its pace, the list at its own."""
    texts = [p for p in reached if p.text and p.text.segments]
    load: Counter[UUID] = Counter()
    for person in texts:
        if person.line_id is not None and person.text is not None:
            load[person.line_id] += person.text.segments
    paces = {line.id: line.segments_per_second for line in around.lines.values()}
    needed = [units / paces[line_id] for line_id, units in load.items()]
    if plan.per_minute:
        needed.append(len(texts) * timedelta(minutes=1).total_seconds() / plan.per_minute)
    return max(needed, default=0.0)
