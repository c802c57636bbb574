"""The gate's rules in sentences, English and Spanish, for the person who wants to know why.

Rules are short and general: they hold no name, number or text of a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from messaging.gate_facts import Decision, Reason, Verdict

_ENGLISH: Final[Mapping[Reason, str]] = {
    Reason.OK: "Nothing stands against sending.",
    Reason.CARRIER_NOT_REAL: "This practice is real, and the sandbox sends only for invented ones.",
    Reason.SENDING_OFF: "Sending is switched off for this practice.",
    Reason.UNREGISTERED_LINE: "This line is not registered for texting yet.",
    Reason.DO_NOT_CONTACT: "This patient asked not to be contacted.",
    Reason.PATIENT_INACTIVE: "This patient is not active with the practice now.",
    Reason.NO_NUMBER: "There is no phone number to text.",
    Reason.LANDLINE: "This number is a landline and cannot get texts.",
    Reason.OFFICE_NUMBER: "This is a referring office's number; no patient is texted there.",
    Reason.WRONG_NUMBER: "This number is wrong or does not work.",
    Reason.NUMBER_NOT_THEIRS: "This number is not this person's any more.",
    Reason.NUMBER_SHARED_UNCONFIRMED: "Several people share this number; confirm who has it.",
    Reason.OPTED_OUT: "This number has opted out of texts. Only START or new consent lifts that.",
    Reason.CARRIER_BLOCKED: "The phone company blocks our texts until this person texts START to us.",
    Reason.NO_CONSENT: "There is no recorded consent to texts about this.",
    Reason.AUTOMATION_PAUSED: "Automatic messages are paused until a person has looked.",
    Reason.EXPIRED: "It would have arrived too late to be of use.",
    Reason.NOT_YET: "It was planned for later.",
    Reason.QUIET_HOURS: "Texts leave only in the hours allowed where the patient is.",
    Reason.PRACTICE_CLOSED: "Automatic texts leave only while the practice is open.",
    Reason.FREQUENCY_CAP: "The limit of automatic texts per day or week is reached.",
    Reason.PREFERRED_TIME: "It waits for the time of day the patient chose.",
}

_SPANISH: Final[Mapping[Reason, str]] = {
    Reason.OK: "No hay nada que impida el envío.",
    Reason.CARRIER_NOT_REAL: "La práctica es real, y el modo de prueba solo envía para inventadas.",
    Reason.SENDING_OFF: "El envío está desactivado en esta práctica.",
    Reason.UNREGISTERED_LINE: "Esta línea aún no está registrada para mensajes de texto.",
    Reason.DO_NOT_CONTACT: "Esta persona pidió que no se le contacte.",
    Reason.PATIENT_INACTIVE: "Esta persona no está activa en la práctica en este momento.",
    Reason.NO_NUMBER: "No hay un número al que enviar el texto.",
    Reason.LANDLINE: "Este número es fijo y no recibe textos.",
    Reason.OFFICE_NUMBER: "Es el número de un consultorio; ahí no se escribe a pacientes.",
    Reason.WRONG_NUMBER: "Este número está equivocado o no funciona.",
    Reason.NUMBER_NOT_THEIRS: "Este número ya no es de esta persona.",
    Reason.NUMBER_SHARED_UNCONFIRMED: "Varias personas usan este número; confirme de quién es.",
    Reason.OPTED_OUT: "Este número ya no acepta textos. Solo START o un nuevo permiso lo cambia.",
    Reason.CARRIER_BLOCKED: "La compañía telefónica bloquea los textos hasta recibir START.",
    Reason.NO_CONSENT: "No hay un permiso registrado para enviar textos sobre esto.",
    Reason.AUTOMATION_PAUSED: "Los mensajes automáticos están en pausa hasta que alguien revise.",
    Reason.EXPIRED: "Habría llegado demasiado tarde para servir.",
    Reason.NOT_YET: "Está previsto para más tarde.",
    Reason.QUIET_HOURS: "Los textos salen solo en las horas permitidas donde vive la persona.",
    Reason.PRACTICE_CLOSED: "Los textos automáticos salen solo con la práctica abierta.",
    Reason.FREQUENCY_CAP: "Se alcanzó el límite de textos automáticos por día o semana.",
    Reason.PREFERRED_TIME: "Espera la hora del día que eligió la persona.",
}

_DAYS: Final[Mapping[str, Sequence[str]]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS: Final[Mapping[str, str]] = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre",
}


def rule_of(reason: Reason, language: str = "en") -> str:
    """Return the rule behind a reason as one sentence."""
    return (_SPANISH if language == "es" else _ENGLISH)[reason]


def explain(verdict: Verdict, language: str = "en") -> str:
    """Return, for a navigator, what happens to the message and why."""
    spanish = language == "es"
    rule = rule_of(verdict.reason, language)
    if verdict.decision is Decision.ALLOWED:
        return "Puede salir ahora." if spanish else "It may leave now."
    if verdict.decision is Decision.WITHHELD:
        return f"{'No se envía' if spanish else 'Not sent'}: {rule}"
    if verdict.reason is Reason.SENDING_OFF:  # nobody knows when it is switched on again
        return f"{'Espera' if spanish else 'Waits'}: {rule}"
    when = _moment(verdict.until, verdict.zone, "es" if spanish else "en")
    return f"{'Espera hasta' if spanish else 'Waits until'} {when}: {rule}"


def clock_readings(at: datetime, zones: Sequence[str]) -> str:
    """Return the clock where the person is; of more than two readings the earliest and latest."""
    readings: dict[str, str] = {}
    for zone in zones or ("UTC",):
        readings.setdefault(f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}", zone)
    shown = [f"{clock} ({readings[clock]})" for clock in sorted(readings)]
    return f"{shown[0]} … {shown[-1]}" if len(shown) > 1 else shown[0]


def _moment(until: datetime | None, zone: str, language: str) -> str:
    local = (until or datetime.max.replace(tzinfo=UTC)).astimezone(ZoneInfo(zone))
    day, month = _DAYS[language][local.weekday()], _MONTHS[language].split()[local.month - 1]
    if language == "es":
        return f"el {day} {local.day} de {month} a las {local:%H:%M %Z}"
    return f"{day}, {month} {local.day} at {local.hour % 12 or 12}:{local:%M %p %Z}"
