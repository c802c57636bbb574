"""How people say that they kept an appointment, did not, or have not yet gone.

Whole answers without doubt in them, to `messaging.words.answer_phrases`; one test per phrase.
"""

from __future__ import annotations

YES = (
    "I went",
    "we went",
    "I was there",
    "we were there",
    "I made it",
    "I saw them",
    "I kept it",
    "I kept my appointment",
    "I went to my appointment",
    "I went to the appointment",
    "fui",
    "sí fui",
    "ya fui",
    "fuimos",
    "ya fuimos",
    "asistí",
    "fui a mi cita",
    "fui a la cita",
    "asistí a mi cita",
)
NO = (
    "I did not go",
    "I didn't go",
    "we did not go",
    "we didn't go",
    "I could not go",
    "I couldn't go",
    "I missed it",
    "I missed my appointment",
    "I missed the appointment",
    "I could not make it",
    "I couldn't make it",
    "no fui",
    "no fuimos",
    "no pude ir",
    "no pudimos ir",
    "no asistí",
    "falté a la cita",
    "perdí la cita",
    "perdí mi cita",
)
NOT_YET = (
    "I have not gone yet",
    "I haven't gone yet",
    "I have not been yet",
    "I haven't been yet",
    "todavía no voy",
    "todavía no he ido",
    "aún no he ido",
    "no he ido todavía",
)
