"""What a signed-in patient decides about being contacted: language, channel, time of day, and whether we may
text. A yes or no to texts is a consent row with the very words shown, with the same force as STOP."""

from datetime import datetime

from app.actions import consents, patients
from app.actions.message_route import best_number
from app.core.db import db
from app.core.errors import Invalid
from app.models.consent import Consent, ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from messaging import phone

CHANNELS = ("sms", "portal")
#: Parts of the day to be contacted in; "" = any time.
TIMES = ("", "morning", "afternoon", "evening")

#: What is asked, and kept word for word with the decision. Says that texts are not encrypted
#: (45 CFR 164.522(b), OCR FAQ 570: warn, and honour the choice).
_AGREE = {
    "en": "I agree that {practice} may text me about my care at {number}. I know that texts are not "
    "encrypted and that somebody who holds my phone may read them. Message and data rates may "
    "apply. I can stop at any time, here or by replying STOP.",
    "es": "Acepto que {practice} me envíe mensajes de texto sobre mi atención al {number}. Sé que los "
    "mensajes no van cifrados y que quien tenga mi teléfono podría leerlos. Pueden aplicarse "
    "cargos por mensajes y datos. Puedo dejarlo cuando quiera, aquí o respondiendo PARAR.",
}
_REFUSE = {
    "en": "I do not want text messages from {practice}. I can still read and write here.",
    "es": "No quiero mensajes de texto de {practice}. Puedo seguir leyendo y escribiendo aquí.",
}


def wording(practice: Practice, number: PhoneNumber | None, language: str, *, agree: bool) -> str:
    """The words shown beside the choice, as they are kept."""
    words = (_AGREE if agree else _REFUSE).get(language) or (_AGREE if agree else _REFUSE)["en"]
    return words.format(
        practice=practice.name, number=phone.show(number.e164) if number is not None else "–"
    )


def change(
    patient: Patient, *, language: str, channel: str, best_time: str, by: Actor, at: datetime
) -> None:
    """Set language, preferred channel and best time of day. Raises Invalid for an unknown choice."""
    practice = db.session.get_one(Practice, patient.practice_id)
    known = language in practice.all_languages and channel in CHANNELS and best_time in TIMES
    if not known:
        raise Invalid("Choose one of the answers shown.")
    patients.update(patient, by=by, at=at, language=language, preferred_channel=channel)
    if patient.preferences.get("best_time", "") != best_time:
        patient.preferences = {**patient.preferences, "best_time": best_time}
        record(patient, "patient.preferences_changed", by=by, at=at, best_time=best_time)


def decide_texts(
    patient: Patient, practice: Practice, *, agree: bool, language: str, by: Actor, at: datetime
) -> Consent | None:
    """Record the patient's yes or no to texts; a no stops what is queued at once.

    Raises Invalid for a yes without a number to text.
    """
    number = best_number(patient)
    if agree and number is None:
        raise Invalid("We have no mobile number for you. Please call us.")
    said = consents.Said(
        how=ConsentHow.PORTAL,
        wording=wording(practice, number, language, agree=agree),
        language=language,
    )
    if agree:
        return consents.give(patient, number, said, by=by, at=at)
    return consents.withdraw(patient, None, said, by=by, at=at)
