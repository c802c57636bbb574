"""Whole messages that are a keyword, by language; read by `messaging.keywords`, one test per word.

Sources: 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe) and the default
lists of the carriers: Twilio, AWS (OPT-OUT, REMOVE, ARRET, TD), Telnyx (STOP ALL). Written without
hyphens or accents; "OPT-OUT" and "¡No más mensajes!" are found all the same.
"""

from __future__ import annotations

STOP_ENGLISH = (
    "STOP",
    "STOPALL",
    "STOP ALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "OPT OUT",
    "REMOVE",
    "ARRET",
    "TD",
)
STOP_SPANISH = (
    "PARAR",
    "PARE",
    "PAREN",
    "ALTO",
    "BAJA",
    "DAR DE BAJA",
    "DARME DE BAJA",
    "DARSE DE BAJA",
    "CANCELAR",
    "CANCELE",
    "DETENER",
    "DETENGA",
    "DETENGAN",
    "DESUSCRIBIR",
    "DESUSCRIBIRME",
    "DESUSCRIBIRSE",
    "REVOCAR",
    "TERMINAR",
    "SALIR",
    "FIN",
    "ELIMINAR",
    "NO MAS MENSAJES",
    "NO MAS TEXTOS",
)
START_ENGLISH = ("START", "UNSTOP")
START_SPANISH = ("INICIAR", "EMPEZAR", "COMENZAR", "REANUDAR", "ALTA")
HELP_ENGLISH = ("HELP", "INFO")
HELP_SPANISH = ("AYUDA",)
JOIN_ENGLISH = ("JOIN",)
JOIN_SPANISH = ("UNIRME", "UNIRSE", "UNIR", "INSCRIBIR", "INSCRIBIRME", "INSCRIBIRSE")

# Words that the carrier's list may take for START (YES is on it) and that are answers here.
ANSWERS_TOO = frozenset({"yes", "y", "si", "ok", "okay"})

# What Twilio acts on by itself, and only as a whole message. YES is its word too, but not ours: here it
# answers questions. Source: Twilio, "Advanced Opt-Out", default keywords.
TWILIO_HANDLES = frozenset(
    {
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "START",
        "UNSTOP",
        "HELP",
        "INFO",
    }
)

# A first clause made of one of these says it all, whatever follows: "Stop. I moved away."
# CANCEL, END, QUIT, REMOVE and FIN are left out: "Cancel. I can't come Tuesday" is about a visit.
FIRM_CLAUSES = frozenset(
    {
        "stop",
        "stopall",
        "stop all",
        "unsubscribe",
        "optout",
        "opt out",
        "parar",
        "pare",
        "paren",
        "alto",
        "detengan",
        "desuscribir",
        "desuscribirme",
        "darme de baja",
        "dar de baja",
        "no mas mensajes",
        "no mas textos",
    }
)
