"""The words a person hears or reads before they agree to texts, or take it back. What is recorded is exactly
what was shown here, filled in."""

from app.models.consent import EVERYTHING
from app.models.practice import Practice
from messaging import phone
from messaging.gate_facts import Purpose

GIVE = {
    "en": (
        "I agree that {name} may text me about my care at the number I gave: reminders, questions about "
        "medicines, appointments and referrals. About 1 to 3 texts a week; message and data rates may apply. "
        "Texts are not private: others who see my phone may read them. I can stop at any time: I reply STOP, "
        "or call {phone}. My care does not depend on this."
    ),
    "es": (
        "Acepto que {name} me envíe mensajes de texto sobre mi atención al número que di: recordatorios y "
        "preguntas sobre medicamentos, citas y referencias. De 1 a 3 mensajes por semana; pueden aplicarse "
        "cargos por mensajes y datos. Los mensajes no son privados: otra persona que vea mi teléfono podría "
        "leerlos. Puedo dejar de recibirlos cuando quiera: respondo PARAR o llamo al {phone}. Mi atención no "
        "depende de esto."
    ),
}
#: What somebody who helps a patient agrees to, for their own phone.
HELP = {
    "en": (
        "I agree that {name} may text me at the number I gave, about the care of the person I help. Message "
        "and data rates may apply. Texts are not private: others who see my phone may read them. I can stop "
        "at any time: I reply STOP, or call {phone}. Nobody's care depends on this."
    ),
    "es": (
        "Acepto que {name} me envíe mensajes de texto al número que di, sobre la atención de la persona a "
        "quien ayudo. Pueden aplicarse cargos por mensajes y datos. Los mensajes no son privados: otra "
        "persona que vea mi teléfono podría leerlos. Puedo dejar de recibirlos cuando quiera: respondo PARAR "
        "o llamo al {phone}. La atención de nadie depende de esto."
    ),
}
LANGUAGES = tuple(GIVE)
WITHDRAW = {
    "en": "I do not want {name} to text me any more.",
    "es": "Ya no quiero que {name} me envíe mensajes de texto.",
}


WITHDRAW_ONE = {
    "en": "I do not want {name} to text me about {what}. Other texts may come.",
    "es": "No quiero que {name} me envíe mensajes de texto sobre {what}. Otros mensajes sí pueden llegar.",
}
#: What somebody may refuse alone, in the words of `WITHDRAW_ONE`.
WHAT = {
    Purpose.APPOINTMENT: {"en": "appointments", "es": "citas"},
    Purpose.CARE_NAVIGATION: {
        "en": "medicines and other follow-up",
        "es": "medicamentos y otro seguimiento",
    },
    Purpose.REFERRAL: {"en": "referrals", "es": "referencias"},
}


def wording(decision: str, language: str, practice: Practice, *, purpose: str = EVERYTHING) -> str:
    """The words for "given" or "withdrawn" in the person's language, else in English.

    A no may be about one `purpose` of `WHAT`; a yes is about everything.
    """
    narrow = WHAT.get(Purpose(purpose)) if purpose != EVERYTHING else None
    words = GIVE if decision == "given" else WITHDRAW_ONE if narrow else WITHDRAW
    language = language if language in words else "en"
    called = phone.show(practice.phone) if practice.phone else "the practice"
    what = narrow[language] if narrow else ""
    return words[language].format(name=practice.name, phone=called, what=what)


def helper_wording(language: str, practice: Practice) -> str:
    """The words for somebody who helps a patient, in their language, else in English."""
    called = phone.show(practice.phone) if practice.phone else "the practice"
    return HELP.get(language, HELP["en"]).format(name=practice.name, phone=called)


def refusals(language: str, practice: Practice) -> dict[str, str]:
    """Everything a person may say no to, by purpose, in the words to be read to them."""
    return {
        str(purpose): wording("withdrawn", language, practice, purpose=purpose)
        for purpose in (EVERYTHING, *WHAT)
    }


#: What to say on the phone before and after the wording itself; {line} is the number texts come from.
SCRIPTS = {
    "en": (
        "Hello, this is … from {name}. We would like to text you about your care. May I read you what "
        "that means? It takes half a minute.",
        "Do you agree? You can say yes or no.",
        "Which mobile number shall we use? Does anybody else use that phone?",
        "Thank you. Our texts come from {line}. You can stop them at any time: reply STOP.",
    ),
    "es": (
        "Hola, le habla … de {name}. Queremos enviarle mensajes de texto sobre su atención. ¿Puedo leerle "
        "lo que eso significa? Es medio minuto.",
        "¿Está de acuerdo? Puede decir sí o no.",
        "¿Qué número de celular usamos? ¿Alguien más usa ese teléfono?",
        "Gracias. Nuestros mensajes llegan del {line}. Puede dejar de recibirlos cuando quiera: responda "
        "PARAR.",
    ),
}
