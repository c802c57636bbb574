"""A protocol played over what really happened to one task: which texts it would have sent when, which calls
it would have put on the board, and whether its day would have been missed. Plain values, no clock, no writes.

An answer comes as long after the text as it really came after the text it followed; one that followed the
second text follows the second text. What was said without a question, as on the phone, comes when it came.
Limits of texts a day and other protocols' questions are not replayed.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.models.contact_preference import Preferences
from app.models.protocol_definition import Definition, Step
from app.models.task_deadline import Moments, first_moment, next_moment
from messaging.errors import NeverAllowed
from messaging.quiet_hours import QuietRule, next_allowed

NOT_YET = "not_yet"
NO_WISHES = Preferences()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said and when. `text`: which text since the last answer it followed (1 is the first), and how
    long `after` that; None: it followed no text."""

    key: str
    at: datetime
    text: int | None = None
    after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Case:
    """One task as it was. `ends_at`: when a person or an opt-out ended its steps; `no_texts`: why no text
    could have left at all."""

    moments: Moments
    zone: str
    hours: tuple[QuietRule, ...] = ()
    answers: tuple[Answer, ...] = ()
    wishes: Preferences = NO_WISHES
    ends_at: datetime | None = None
    no_texts: str | None = None
    has_caregiver: bool = False
    #: The caregiver would be texted; else called.
    texts_caregiver: bool = False
    #: Templates whose words, in the patient's language, lead somewhere to open.
    linked: frozenset[str] = frozenset()
    has_partner: bool = False


@dataclass(slots=True)
class Replayed:
    """What would have happened. `texts` go to the patient or a caregiver; `calls` are moves for a person: to
    the patient, a caregiver or a partner."""

    due_at: datetime
    texts: list[datetime] = field(default_factory=list)
    calls: list[datetime] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def missed(self) -> bool:
        """Its day went by without an answer, and nobody had ended it."""
        over = min((at for at in (self.answered_at, self.ended_at) if at), default=None)
        return over is None or over >= self.due_at


def replay(definition: Definition, case: Case, *, due_at: datetime) -> Replayed:
    """Climb the definition's ladder over the case until an answer, an end or the day's end."""
    return _Walk(definition, case, Replayed(due_at)).run()


class _Walk:
    def __init__(self, definition: Definition, case: Case, result: Replayed) -> None:
        self.definition, self.case, self.result = definition, case, result
        self.answers = deque(case.answers)
        self.moment = first_moment(definition, case.moments, case.zone)
        self.step = self.asked = 0
        self.heard: tuple[datetime, str] | None = None
        self._listen()

    def run(self) -> Replayed:
        while self.step < len(self.definition.steps) and self.result.answered_at is None:
            if self._hears(by=self.moment):
                continue
            if self._is_over(self.moment):
                break
            self._climb(self.definition.steps[self.step])
        self._hear_the_rest()
        return self.result

    def _climb(self, rung: Step) -> None:
        reason = self._why_not(rung)
        if reason is not None:
            self.result.skipped.append((rung.key, reason))
        elif rung.writes or self._texts_caregiver(rung):
            left = self._leaves(self.moment)
            if left is None or self._is_over(left):
                self.result.skipped.append((rung.key, "expired"))
            elif self._hears(by=left):
                return
            else:
                self._ask(rung, left)
        else:
            if rung.action != "lead":
                self.result.calls.append(self.moment)
            self.moment = next_moment(rung, self.moment, self.case.zone)
        self.step += 1

    def _ask(self, rung: Step, left: datetime) -> None:
        self.result.texts.append(left)
        self.asked += 1
        self._listen(left)
        self.moment = next_moment(rung, left, self.case.zone)

    def _texts_caregiver(self, rung: Step) -> bool:
        """A text instead of a call, but where it is the last step or only a person's own contact counts."""
        is_last = self.step + 1 >= len(self.definition.steps)
        alone = self.definition.contact is None and not is_last
        return rung.action == "caregiver" and self.case.texts_caregiver and alone

    def _why_not(self, rung: Step) -> str | None:
        if rung.writes:
            blocked = self.case.no_texts if rung.action == "text" else None
            return blocked or self.case.wishes.why_not(
                rung.action, has_link=rung.template in self.case.linked
            )
        if rung.action == "caregiver" and not self.case.has_caregiver:
            return "no_caregiver"
        return "no_partner" if rung.action == "partner" and not self.case.has_partner else None

    def _leaves(self, moment: datetime) -> datetime | None:
        """When a text written at `moment` leaves: inside every window; None when there is no such moment."""
        for _ in range(30):
            before = moment
            for rule in self.case.hours:
                try:
                    moment = next_allowed(moment, rule)
                except NeverAllowed:
                    return None
            if moment == before:
                return moment
        return None

    def _listen(self, left: datetime | None = None) -> None:
        """Know when the next answer comes, once what it follows has happened."""
        if self.heard is not None or not self.answers:
            return
        answer = self.answers[0]
        if answer.text is None:
            self.heard = (answer.at, answer.key)
        elif left is not None and answer.text == self.asked:
            self.heard = (left + answer.after, answer.key)

    def _hears(self, *, by: datetime) -> bool:
        """Whether an answer has come by then; it takes effect."""
        if self.heard is None or self.heard[0] > by or self._has_ended(self.heard[0]):
            return False
        at, key = self.heard
        self.answers.popleft()
        self.heard, self.asked = None, 0
        if key == NOT_YET:
            self.step = self.definition.index_of(self.definition.not_yet.from_step)
            self.moment = at + timedelta(days=self.definition.not_yet.after_days)
            self._listen()
            return True
        self.result.answered_at = at
        means = {"yes": self.definition.yes.means, "no": self.definition.no.means}.get(key)
        if means == "call":
            self.result.calls.append(at)
        return True

    def _hear_the_rest(self) -> None:
        """The steps are over: an answer still to come counts, in time or late."""
        if self.heard is not None and self.heard[1] != NOT_YET:
            self._hears(by=self.heard[0])
        ends = self.case.ends_at
        if self.result.answered_at is None and ends is not None:
            self.result.ended_at = ends

    def _is_over(self, moment: datetime) -> bool:
        return moment >= self.result.due_at or self._has_ended(moment)

    def _has_ended(self, moment: datetime) -> bool:
        return self.case.ends_at is not None and moment >= self.case.ends_at
