"""Words by which a text asks for a reply, in English and Spanish, as `plain_words.plain` leaves them."""

from __future__ import annotations

_ASKING = """
reply respond answer responda responde conteste contesta
"""
# These ask for a reply only before a word in capitals or quotes: "text STOP", but "text us".
_MAYBE_ASKING = """
text send type enter say write press envie envia mande manda escriba escribe diga ponga
"""
_BETWEEN = """
with by back just only simply the a word words keyword con solo la las palabra palabras
"""
_JOINING = """
or and o y u
"""

ASKING = frozenset(_ASKING.split())
MAYBE_ASKING = frozenset(_MAYBE_ASKING.split())
BETWEEN = frozenset(_BETWEEN.split())
JOINING = frozenset(_JOINING.split())
