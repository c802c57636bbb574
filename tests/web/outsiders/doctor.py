"""The doctor's page and its buttons: an admin's."""

from tests.web.outsider_cases import roles

CASES = {
    "doctor.page": roles("adam"),
    "doctor.fragment": roles("adam", check="clock"),
    "doctor.point": roles("adam", line_id="line"),
    "doctor.send_test": roles("adam"),
    "doctor.note_agreement": roles(
        "adam", data={"baa_with": "Twilio Inc.", "baa_on": "2026-01-05"}
    ),
}
