"""Our own measures over the rows a viewer may count: cases by measure, and the rates they come to. The
number of statements is constant."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.models.task import TaskType
from app.models.viewer import Viewer, counting
from app.queries.measure_cases import first_contact_cases, referral_cases, task_cases
from app.queries.measure_contacts import reach_cases, reply_cases
from app.queries.measure_context import ContextOf, context_reader
from app.queries.measure_filter import DIMENSIONS, Span
from app.queries.measure_loop import loop_cases
from app.value.own_measures import MEASURES, TIMED, OwnMeasure, measure_for
from app.value.rates import Case, Rate, grouped, tally
from app.value.waits import Waits, summary


@dataclass(frozen=True, slots=True)
class Result:
    """One measure over a period, whole and by group."""

    measure: OwnMeasure
    cases: list[Case]

    @property
    def rate(self) -> Rate:
        return tally(self.cases)

    @property
    def waits(self) -> Waits | None:
        return summary(self.cases) if self.measure.key in TIMED else None

    def by(self, dimension: str) -> dict[str | None, "Result"]:
        groups = grouped(self.cases, dimension)
        return {group: Result(self.measure, cases) for group, cases in groups.items()}


def results(viewer: Viewer, span: Span) -> list[Result]:
    """Every measure, in the order of their definitions."""
    counter = counting(viewer)
    context = context_reader(counter, span)
    return [result(counter, span, measure.key, context) for measure in MEASURES]


def result(viewer: Viewer, span: Span, key: str, context: ContextOf | None = None) -> Result:
    """One measure. Raises KeyError for a name that is none."""
    measure = measure_for(key, span.from_on.year)
    counter = counting(viewer)
    return Result(
        measure, list(_cases(counter, span, measure, context or context_reader(counter, span)))
    )


def _cases(viewer: Viewer, span: Span, measure: OwnMeasure, context: ContextOf) -> Iterator[Case]:
    match measure.key:
        case "closing-referral-loop":
            return loop_cases(viewer, span, context)
        case "pcp-update-within-week":
            return referral_cases(viewer, span, measure, context, told=True)
        case "patient-contacted-within-week":
            return referral_cases(viewer, span, measure, context, told=False)
        case "medication-received":
            return task_cases(viewer, span, context, TaskType.MEDICATION_RECEIVED)
        case "reply":
            return reply_cases(viewer, span, measure, context)
        case "reach":
            return reach_cases(viewer, span)
        case "request-to-contact":
            return first_contact_cases(viewer, span, context)
        case _:
            return task_cases(viewer, span, context, TaskType.APPOINTMENT_KEPT)


def narrowed(found: Result, *, by: str, group: str, verdict: str) -> list[Case]:
    """The cases behind one number: of a group of a dimension (an empty group is *not recorded*), with a
    verdict; `denominator` means every case but the excluded ones."""
    cases = found.cases
    if by in DIMENSIONS:
        cases = [case for case in cases if (case.context.get(by) or "") == group]
    if verdict == "denominator":
        return [case for case in cases if case.verdict != "excluded"]
    return [case for case in cases if not verdict or case.verdict == verdict]
