"""The words a patient hears before a care management programme begins for them, and before records under
42 CFR Part 2 are passed on. What has to be said: CMS, MLN909188 (cost sharing, one practice a month, the
right to stop); 42 CFR 2.31(a)."""

from app.models.consent import PART_2_SHARING, ConsentDecision
from app.models.practice import Practice
from messaging import phone

PROGRAM_NAMES = {
    "ccm": {"en": "chronic care management", "es": "manejo de enfermedades crónicas"},
    "pcm": {"en": "principal care management", "es": "manejo de una enfermedad principal"},
    "apcm": {"en": "advanced primary care management", "es": "manejo avanzado de atención primaria"},
    "bhi": {"en": "behavioral health integration", "es": "integración de salud del comportamiento"},
    "chi": {"en": "community health integration", "es": "integración de salud comunitaria"},
    "pin": {"en": "help finding my way with a serious illness",
            "es": "ayuda para orientarme con una enfermedad grave"},
    "rpm": {"en": "remote monitoring of my health", "es": "control de mi salud a distancia"},
    "tcm": {"en": "care after my hospital stay", "es": "atención después de mi hospitalización"},
}  # fmt: skip
PROGRAM = {
    "en": (
        "I agree that {practice} gives me {program} between my visits. I may have to pay a part of its "
        "cost. Only one practice can be paid for it in a month. I can stop at any time by calling {phone}; "
        "it then ends with the month. My other care does not depend on this."
    ),
    "es": (
        "Acepto que {practice} me brinde {program} entre mis visitas. Es posible que yo tenga que pagar una "
        "parte del costo. Solo un consultorio puede cobrarlo en cada mes. Puedo dejarlo cuando quiera "
        "llamando al {phone}; entonces termina con el mes. El resto de mi atención no depende de esto."
    ),
}
NO_PROGRAM = {
    "en": "I do not want {practice} to give me {program}.",
    "es": "No quiero que {practice} me brinde {program}.",
}
RECORDS = {
    "en": (
        "I agree that {practice} uses my records about treatment for substance use and shares them with "
        "those who treat me, my health plans and those who help run {practice}, for my treatment, for "
        "payment and for running health care. Those who get them may share them further as the HIPAA law "
        "allows, but never use them against me in court without my consent or a court order. I can take "
        "this back at any time by calling {phone} or in writing; what was shared before cannot be taken "
        "back. Without it {practice} keeps them to itself."
    ),
    "es": (
        "Acepto que {practice} use mis registros sobre el tratamiento por uso de sustancias y los comparta "
        "con quienes me atienden, mis planes de salud y quienes ayudan a administrar {practice}, para mi "
        "tratamiento, para los pagos y para administrar la atención. Quienes los reciban pueden compartirlos "
        "según lo permita la ley HIPAA, pero nunca usarlos en mi contra en un juicio sin mi consentimiento o "
        "una orden judicial. Puedo retirar esto cuando quiera llamando al {phone} o por escrito; lo que ya "
        "se compartió no se puede recuperar. Sin esto, {practice} no los comparte."
    ),
}
NO_RECORDS = {
    "en": "I do not want {practice} to share my records about treatment for substance use.",
    "es": "No quiero que {practice} comparta mis registros sobre el tratamiento por uso de sustancias.",
}


def agreement_words(
    purpose: str, decision: ConsentDecision, language: str, practice: Practice
) -> str:
    """Exactly what is read to them, in their language, else in English."""
    agrees = decision is ConsentDecision.GIVEN
    if purpose == PART_2_SHARING:
        words = RECORDS if agrees else NO_RECORDS
    else:
        words = PROGRAM if agrees else NO_PROGRAM
    spoken = language if language in words else "en"
    program = PROGRAM_NAMES.get(purpose, {}).get(spoken, purpose)
    number = phone.show(practice.phone) if practice.phone else practice.name
    return words[spoken].format(practice=practice.name, program=program, phone=number)
