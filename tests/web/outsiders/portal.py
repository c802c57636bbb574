"""The portal and the invented phones. Who is who among patients is tried in tests/web/portal."""

from tests.web.outsider_cases import patient, public, record, staff

FROM_NOBODY = {"number": "5035550188", "body": "Hello"}
ROSAS = "15035550101"
NO_ID = "01890000-0000-7000-8000-000000000000"

CASES = {
    "portal_sign_in.start": public("the way to the practice's page"),
    "portal_sign_in.page": public("the practice's name and phone, and a form"),
    "portal_sign_in.create_link": public("answers the same for every number"),
    "portal_sign_in.sent": public("the same words for everybody"),
    "portal_sign_in.link": public("needs the link's secret, then asks for the birth date"),
    "portal_sign_in.create_session": public("needs the link's secret and the birth date"),
    "portal_sign_in.delete": public("ends the session it is sent with"),
    "portal_sign_in.choose_language": public("the language of the pages in this browser"),
    "portal_chat.page": patient(),
    "portal_chat.earlier": patient(),
    "portal_chat.create_message": patient(),
    "portal_chat.create_answer": patient(message_id=NO_ID),
    "portal_next.page": patient(),
    "portal_confirmations.create": patient(task_id=NO_ID),
    "portal_confirmations.withdraw": patient(task_id=NO_ID),
    "portal_calendar.download": patient(appointment_id=NO_ID),
    "portal_people.page": patient(),
    "portal_people.end": patient(person_id=NO_ID),
    "portal_preferences.page": patient(),
    "portal_preferences.update": patient(),
    "portal_preferences.create_consent": patient(),
    "portal_preferences.contacts": patient(),
    "portal_preferences.download": patient(noun="messages", kind="csv"),
    "sandbox_phones.index": staff(),
    "sandbox_phones.create": staff(data=FROM_NOBODY),
    "sandbox_phones.page": record(digits=ROSAS),
    "sandbox_phones.create_call": record(digits=ROSAS),
    "sandbox_phones.create_text": record(digits=ROSAS, data={"body": "1"}),
}
