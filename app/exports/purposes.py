"""What an export is for decides what is in it: the fewest fields that serve the purpose (minimum
necessary, 45 CFR 164.502(b)), never free text, and whether rows under 42 CFR Part 2 need a consent
first."""

from dataclasses import dataclass
from typing import Any

from app.core.errors import Invalid
from app.queries.ledger import FIELDS

#: What every file says of a row beside its fields: its place in the chain, and whether it counts as of then.
PLACE = ("summary_commitment", "seal_seq", "previous_hash", "row_hash", "is_standing")
_WHEN = (
    "started_at",
    "ended_at",
    "time_zone",
    "seconds",
    "minutes_source",
    "recorded_at",
)
_HOW = ("contact_party", "channel", "direction", "is_synchronous", "is_interactive", "attempt_number",
        "contact_outcome", "activity_type")  # fmt: skip
_CORRECTED = ("supersedes_id",)
#: What a result may hold that somebody typed: a name. It leaves as a commitment, as other words do.
TYPED_IN_RESULT = "interpreter"


@dataclass(frozen=True, slots=True)
class Purpose:
    """`fields` in the order files print them. `goes_out`: leaves the practice, so a reason and a legal basis
    are asked, rows under Part 2 need a consent, and every row comes with its proof."""

    key: str
    title: str
    fields: tuple[str, ...]
    goes_out: bool
    of_one_patient: bool = False
    of_a_payer: bool = False
    of_a_sample: bool = False

    @property
    def holds_words(self) -> bool:
        """Whether what people typed about a row is in it: in our own files and an auditor's sample."""
        return "void_reason" in self.fields

    def shown_of(self, result: dict[str, Any]) -> tuple[str, ...]:
        """The fields of a row with this result that a file shows as they were sealed."""
        if self.holds_words or TYPED_IN_RESULT not in result:
            return self.fields
        return tuple(name for name in self.fields if name != "result")

    @property
    def names_staff(self) -> bool:
        return "actor_name" in self.fields

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.fields, *PLACE)


def _ordered(*names: str) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if name in names)


PURPOSES: dict[str, Purpose] = {
    "internal": Purpose("internal", "The practice's own use: every field", FIELDS, goes_out=False),
    "payer": Purpose(
        "payer", "A payer: who is covered, who did what, when and for how long",
        _ordered("touchpoint_id", "patient_id", "composition", "task_ids", *_WHEN, *_HOW, *_CORRECTED,
                 "actor_kind", "actor_name", "actor_npi", "actor_role", "actor_credential", "employer",
                 "supervisor_id", "result", "payer", "member_id", "program", "setting", "is_hospice",
                 "sensitivity", "consent_id"),
        goes_out=True, of_a_payer=True,
    ),
    "quality": Purpose(
        "quality", "Quality work: what was done with which outcome, without names and member numbers",
        _ordered("touchpoint_id", "patient_id", "composition", "task_ids", *_WHEN, *_HOW, *_CORRECTED,
                 "actor_kind", "actor_role", "actor_credential", "programs", "goal", "result", "payer",
                 "program", "subgroup", "care_team", "setting", "is_hospice", "sensitivity"),
        goes_out=True,
    ),
    "patient": Purpose(
        "patient", "One patient, who asks for their own record",
        _ordered("touchpoint_id", "patient_id", "composition", *_WHEN, *_HOW, *_CORRECTED, "actor_kind",
                 "actor_name", "actor_role", "actor_credential", "relationship", "goal", "result", "payer",
                 "member_id", "program", "subgroup", "care_team", "setting", "sensitivity", "consent_id"),
        goes_out=True, of_one_patient=True,
    ),
    "evidence": Purpose(
        "evidence", "An auditor's sample: named rows with everything behind them", FIELDS, goes_out=True,
        of_a_sample=True,
    ),
}  # fmt: skip
#: Under these an outside purpose may ask for records; the practice names one.
BASES = {
    "operations": "Payment or health care operations (45 CFR 164.506)",
    "access": "The patient's own request (45 CFR 164.524)",
    "authorization": "The patient's written authorization (45 CFR 164.508)",
    "law": "Required by law or audit (45 CFR 164.512)",
}


def purpose_of(key: str) -> Purpose:
    """Raises Invalid for a purpose there isn't."""
    if key not in PURPOSES:
        raise Invalid(f"Choose one of {', '.join(PURPOSES)}.", field="purpose")
    return PURPOSES[key]


def check_asked(purpose: Purpose, *, reason: str, basis: str, payer: str | None) -> None:
    """Raise Invalid unless what leaves the practice has a reason and a legal basis, and a payer's file
    its payer: one payer's members are nothing to another."""
    if not purpose.goes_out:
        return
    if not reason.strip():
        raise Invalid("Say what this export is for.", field="reason")
    if basis not in BASES:
        raise Invalid("Choose the legal basis.", field="basis")
    if purpose.of_a_payer and not payer:
        raise Invalid("Name the payer: a file holds one payer's members.", field="payer")
