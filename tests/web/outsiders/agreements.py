"""What a patient agreed to: invisible to another team and another practice, and nothing is recorded."""

from tests.web.outsider_cases import record

YES = {"purpose": "ccm", "decision": "given", "how": "desk"}
CASES = {
    "agreements.index": record(patient_id="patient"),
    "agreements.create": record(patient_id="patient", data=YES),
}
