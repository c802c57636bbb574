"""Free wording that asks to start again, for help, or to join: near misses a person looks at.

Regular expressions over one clause of plain words, as in `stop_phrases`; examples are in the tests.
"""

from __future__ import annotations

START_ENGLISH = (
    r"\b(?:start|resume|restart) (?:texting|messaging|sending|getting|receiving)?(?: ?me| ?us)?"
    r"(?: ?(?:the|my|your|these))? ?(?:texts|messages|reminders)(?: again)?$",
    r"\b(?:start|resume|restart) (?:texting|messaging)(?: me| us)?(?: again)?$",
    r"^(?:i want to |can i |how do i )?(?:subscribe|resubscribe|opt in|opt back in)(?: again| please)?$",
    r"^(?:start|text|message) (?:me )?again$",
)
START_SPANISH = (
    r"\b(?:quiero|puede|pueden|vuelva|vuelvan|volver) (?:a )?(?:recibir|mandarme|enviarme|escribirme)"
    r"(?: \w+){0,2} (?:mensajes|textos|recordatorios)(?: otra vez| de nuevo)?$",
    r"^(?:dar|denme|deme|darme) de alta$",
)
HELP_ENGLISH = (
    r"^(?:i |we )?(?:really )?(?:need |want )?(?:some |your )?help(?: me| us| now)?$",
    r"^(?:can|could) (?:you|someone|anyone) help(?: me| us)?$",
    r"^(?:more |need |i need |send )+(?:info|information)$",
    r"^help (?:me )?with\b",
)
HELP_SPANISH = (
    r"^(?:necesito|necesitamos|quiero) (?:su |de su )?ayuda$",
    r"^(?:me |nos )?(?:puede|pueden|podria|podrian) ayudar(?:me|nos)?$",
    r"^(?:ayudeme|ayudenme|ayudame|auxilio|socorro)$",
    r"^(?:mas |necesito |quiero )+(?:info|informacion)$",
    r"^ayuda con\b",
)
JOIN_ENGLISH = (
    r"^(?:i want to|i would like to|id like to|how do i|can i) (?:join|sign up|enroll)$",
    r"^sign me up$",
)
JOIN_SPANISH = (r"^(?:quiero|quisiera|como puedo|puedo) (?:unirme|inscribirme|registrarme)$",)
