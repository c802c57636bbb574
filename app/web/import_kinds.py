"""What the import page says about each kind of file: its columns, those it needs, and a row to begin with."""

from dataclasses import dataclass

from app.actions.import_file import COLUMNS, REQUIRED, WORK, WORK_COLUMNS
from app.models.run import ImportKind


@dataclass(frozen=True, slots=True)
class KindForm:
    """`accept` is for the file chooser; without columns there is no template."""

    kind: ImportKind
    title: str
    label: str
    hint: str
    accept: str
    columns: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    examples: tuple[tuple[str, ...], ...] = ()


_ROSA = (
    "MRN-1001", "Rosa", "Jimenez", "1957-03-09", "+15035550123", "es", "97205", "", "yes", "2026-01-15",
    "rosa@example.org", "Dr. Lee", "Chronic conditions", "Cascade Health Plan", "CHP-1001", "ccm",
    "2026-01-01", "", "1234567893",
)  # fmt: skip
_WORK = (
    ("appointment", "A-1001", "MRN-1001", "2026-03-09 14:30", "Food pantry", "Harbor Street Pantry", "",
     "", "", "", "", "", "", "booked"),
    ("medication_order", "M-1001", "MRN-1001", "", "", "", "Blood pressure tablets",
     "2026-03-02", "", "", "", "", "", ""),
)  # fmt: skip
_LINES = (
    "The first line names the columns. Importing the same file again updates and never doubles."
)
FORMS = (
    KindForm(
        ImportKind.PANEL, "Patients", "CSV file, one patient per line",
        f"{_LINES} A consent in the file never lifts an opt-out.", ".csv,text/csv",
        COLUMNS, REQUIRED, (_ROSA,),
    ),
    KindForm(
        ImportKind.WORK, "Work", "CSV file: one appointment, order, referral or task per line",
        f"{_LINES} The patient is the mrn, or name and birth date: Rosa Jimenez 1957-03-09. Each line has "
        "its source_id: moved or cancelled there, what was going to be asked moves or goes. Texts about it "
        "wait 15 minutes at the least.", ".csv,text/csv",
        WORK_COLUMNS, WORK.required, _WORK,
    ),
    KindForm(
        ImportKind.FHIR, "FHIR", "FHIR R4 file: a Bundle as JSON, or NDJSON",
        "Taken in: Patient, Coverage, RelatedPerson, Appointment, MedicationRequest, and ServiceRequest that "
        "is a referral. Other resources are counted. Work older than 30 days is history: nobody is asked.",
        ".json,.ndjson,application/fhir+json,application/json",
    ),
)  # fmt: skip


def form_of(kind: str | None) -> KindForm:
    """The form of a kind; the first one for what is unknown."""
    return next((form for form in FORMS if form.kind == kind), FORMS[0])
