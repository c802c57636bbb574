"""The API's routes: nothing without a token. What another practice's token may see of each is in
tests/api/v1/test_outsiders.py."""

from tests.web.outsider_cases import public, token

ANY_ID = "01900000-0000-7000-8000-000000000000"

CASES = {
    "api_v1.openapi_document": public("the API's description, without data"),
    "api_v1.change_patient": token(patient_id="patient"),
    "api_v1.read_patient": token(patient_id="patient"),
    "api_v1.create_export": token(),
    "api_v1.read_export": token(export_id=ANY_ID),
    "api_v1.read_export_file": token(export_id=ANY_ID, name="manifest.json"),
    "api_v1.read_task": token(task_id="task"),
    "api_v1.read_message": token(message_id=ANY_ID),
    "api_v1.read_referral": token(referral_id=ANY_ID),
    "api_v1.read_touchpoint": token(touchpoint_id=ANY_ID),
}
CASES |= {
    "fhir.system_export": token(),
    "fhir.patient_export": token(),
    "fhir.group_export": token(group_id=ANY_ID),
    "fhir.status": token(export_id=ANY_ID),
    "fhir.cancel": token(export_id=ANY_ID),
    "fhir.file": token(export_id=ANY_ID, name="Patient.ndjson"),
}
CASES |= {
    "api_v1.read_appointment": token(appointment_id=ANY_ID),
    "api_v1.read_medication_order": token(order_id=ANY_ID),
}
for _noun in ("patient", "task", "message", "referral", "appointment", "medication_order"):
    CASES[f"api_v1.create_{_noun}"] = token()
for _noun in ("patient", "task", "message", "referral", "touchpoint"):
    CASES[f"api_v1.list_{_noun}s"] = token()
