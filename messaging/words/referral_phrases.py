"""How people say that the office they were referred to is, or is not, in touch.

Whole answers without doubt in them, to `messaging.words.answer_phrases`; one test per phrase.
"""

from __future__ import annotations

YES = (
    "they called me",
    "they called",
    "I talked to them",
    "I spoke with them",
    "I spoke to them",
    "we talked",
    "we spoke",
    "I called them",
    "we are in touch",
    "I have an appointment",
    "I have an appointment with them",
    "me llamaron",
    "ya me llamaron",
    "hablé con ellos",
    "ya hablé con ellos",
    "hablamos",
    "ya hablamos",
    "estamos en contacto",
    "ya tengo cita",
    "ya tengo la cita",
)
NO = (
    "they did not call",
    "they didn't call",
    "they did not call me",
    "they didn't call me",
    "they never called",
    "they never called me",
    "nobody called",
    "nobody called me",
    "no one called",
    "no one called me",
    "I have not heard from them",
    "I haven't heard from them",
    "no me llamaron",
    "no me han llamado",
    "nadie me llamó",
    "nadie me ha llamado",
    "no llamaron",
)
NOT_YET = (
    "they have not called yet",
    "they haven't called yet",
    "they have not called me yet",
    "they haven't called me yet",
    "I have not called yet",
    "I haven't called yet",
    "todavía no me llaman",
    "aún no me llaman",
    "todavía no me han llamado",
    "aún no me han llamado",
    "no me han llamado todavía",
)
