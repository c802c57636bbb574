"""Days, times and places that change nothing beside a phrase that already answers.

Regular expressions and words as `plain_words.plain` leaves them. Days to come are left out: "it came" and
"it comes tomorrow" differ.
"""

from __future__ import annotations

_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_DIA = r"(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)"
_PART = r"(?:morning|afternoon|evening)"
_PARTE = r"(?:manana|tarde|noche)"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)"
)
_MES = (
    r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
_SPAN = r"(?:minutes?|hours?|days?|weeks?)"
_LAPSO = r"(?:minutos?|horas?|dias?|semanas?)"
TIMES = (
    rf"(?:(?:on|this|last|this past) )?{_DAY}(?: {_PART}| night)?",
    rf"(?:earlier )?(?:today|yesterday)(?: {_PART})?|last (?:night|week)|this (?:{_PART}|week)",
    rf"in the {_PART}|at noon|at (?:around |about )?\d{{1,2}}(?: \d{{2}})? ?(?:am|pm)",
    rf"(?:about )?(?:\d{{1,2}}|a|an|one|two|three|a few|a couple of?) {_SPAN} ago",
    rf"(?:on )?(?:the )?(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)",
    rf"(?:el |este )?{_DIA}(?: pasado)?(?: (?:por|en) la {_PARTE})?",
    rf"hoy(?: (?:por|en) la {_PARTE})?|ayer(?: (?:por|en) la {_PARTE})?|anoche|antier|anteayer",
    rf"esta (?:{_PARTE}|semana)|(?:por|en) la {_PARTE}|la semana pasada",
    rf"hace (?:\d{{1,2}}|un|una|dos|tres|unos|unas|como \d{{1,2}}) {_LAPSO}",
    rf"el \d{{1,2}} de {_MES}",
)
ASIDES = (
    "already",
    "just",
    "finally",
    "ya",
    "por fin",
    "at the pharmacy",
    "from the pharmacy",
    "in the mail",
    "en la farmacia",
    "de la farmacia",
    "por correo",
)
