"""Words that a person must read at once, in English and Spanish: the heart, breath, blood, a stroke, losing
oneself, poison, a baby coming early, violence. Regular expressions over one clause of plain words (no case,
no accents, no apostrophes). A match marks a message for people; it never answers anything by itself.
"""

from __future__ import annotations

_CANNOT = (
    r"(?:cant|cannot|can not|cnt|could not|couldnt|unable to|not able to|hard to|hard time|trouble"
    r"|difficulty)"
)
_NO_PUEDO = (
    r"(?:no puedo|no podia|no puede|no logro|me cuesta|no alcanzo a|casi no puedo|dificultad para)"
)

ENGLISH = {
    "chest": (
        r"\bchest (?:pains?|pressure|tightness|hurts?|hurting|aches?|is (?:tight|hurting|heavy))\b",
        r"\b(?:pain|pains|pressure|tightness|hurts?|ache|heaviness) (?:in|on|across) (?:my |his |her |the )?"
        r"(?:left )?chest\b",
        r"\bheart attack\b",
    ),
    "breath": (
        rf"\b{_CANNOT} (?:to )?(?:breath|breathe|breathing|catch my breath|catching my breath"
        r"|get (?:any |my )?(?:air|breath))\b(?! a word)",
        r"\b(?:short of breath|shortness of breath|gasping|not breathing|stopped breathing)\b",
        r"\b(?:choking|chocking)\b",
    ),
    "self_harm": (
        r"\bsuicid\w*\b",
        r"\b(?:kill|hurt|harm|cut|hang|shoot) (?:myself|my self|himself|herself)\b",
        r"\b(?:end|take|ending|taking) my (?:own )?life\b",
        r"\b(?:(?:want|wish|ready|going|like) to|wanna|gonna) (?:die|be dead)\b|\bbetter off dead\b",
        r"\b(?:wish|want) i (?:was|were) dead\b",
        r"\bdont want to (?:live|be alive|be here anymore)\b",
        r"\b(?:no reason to live|self harm)\b",
    ),
    "stroke": (
        r"\b(?:having|had) a stroke\b",
        r"\bface (?:is )?(?:drooping|droops|numb)\b",
        r"\b(?:passed out|passing out|unconscious|unresponsive|wont wake up|cant wake (?:him|her|them))\b",
        r"\b(?:having|had) (?:a |another )?seizures?\b",
    ),
    "fall": (
        r"\bfell (?:\w+ ){0,4}(?:hit (?:\w+ )?head|(?:cant|cannot|can not) get up)\b",
        r"\b(?:cant|cannot|can not) get up (?:off|from) the (?:floor|ground)\b",
    ),
    "bleeding": (
        r"\b(?:bleeding (?:a lot|heavily|badly|out)|wont stop bleeding|cant stop (?:the )?bleeding)\b",
        r"\b(?:vomiting|throwing up|coughing(?: up)?|spitting) (?:up )?blood\b",
    ),
    "poison": (
        r"\b(?:overdos\w+|poisoned|od ed)\b",
        r"\btook (?:too many|all (?:of )?(?:my|the)|the whole bottle)\b",
        r"\b(?:throat (?:is )?(?:closing|swelling)|anaphyla\w+)\b",
        r"\b(?:having|had|bad|severe|serious) (?:an |a )?(?:bad |severe |serious )?allergic reaction\b",
    ),
    "birth": (r"\b(?:water broke|baby (?:is not|isnt|not|stopped) moving)\b",),
    "violence": (
        r"\b(?:going to|gonna|wants to|threatened to|tried to) (?:kill|shoot|stab) (?:me|us|my)\b",
        r"\b(?:he|she|husband|wife|boyfriend|girlfriend|partner) (?:is )?"
        r"(?:hitting|beating|choking|hits|beats|hit|beat) me\b",
        r"\b(?:have|has|got) a (?:gun|knife) (?:and|to my|at my|on me)\b",
    ),
    "emergency": (r"\b(?:think|feel like) (?:i am|im|he is|hes|she is|shes) dying\b",
                  r"\b(?:call|called|calling) (?:911|9 1 1|an ambulance)\b", r"^(?:its )?an emergency$",
                  r"\b(?:medical emergency|this is an emergency|need an ambulance)\b"),
}  # fmt: skip

SPANISH = {
    "chest": (
        r"\b(?:dolor(?:es)?|presion|opresion|punzadas?|molestia) (?:\w+ )?(?:en |de |del )"
        r"(?:el |mi |su )?pecho\b",
        r"\b(?:me |le )?(?:duele|aprieta|oprime|arde) (?:mucho )?(?:el|mi|su) (?:pecho|corazon)\b",
        r"\b(?:ataque (?:al|del|de) corazon|infarto)\b",
    ),
    "breath": (
        rf"\b{_NO_PUEDO} (?:ni )?(?:respirar|tomar aire|jalar aire)\b",
        r"\b(?:me falta|le falta|sin|me quedo sin) (?:el )?(?:aire|aliento)\b(?! acondicionado)",
        r"\b(?:falta de aire|me (?:estoy )?ahog\w+|se (?:esta )?ahog\w+|me asfixio|no respira"
        r"|dejo de respirar)\b",
    ),
    "self_harm": (
        r"\bsuicid\w*\b",
        r"\b(?:quitarme|quitar) la vida\b",
        r"\b(?:matarme|hacerme dano|cortarme|ahorcarme|lastimarme)\b",
        r"\b(?:quiero|quisiera|prefiero|deseo) (?:morir|morirme|estar muert[oa])\b",
        r"\b(?:ya )?no quiero (?:vivir|seguir viviendo|seguir viva|seguir vivo)\b",
    ),
    "stroke": (
        r"\b(?:derrame cerebral|embolia|accidente cerebrovascular)\b",
        r"\b(?:se me (?:durmio|paralizo)|tengo dormida|cara (?:torcida|chueca|caida))\b",
        r"\b(?:se desmayo|me desmaye|perdi el conocimiento|esta inconsciente|no despierta|no reacciona)\b",
        r"\b(?:convulsion\w*|convulsiona\w*)\b",
    ),
    "fall": (
        r"\b(?:me cai|se cayo) (?:\w+ ){0,4}no (?:me|se) (?:puedo|puede) (?:parar|levantar|mover)\b",
        r"\b(?:me cai|se cayo) (?:\w+ ){0,4}(?:pegue|pego|golpee|golpeo) (?:\w+ ){0,2}cabeza\b",
    ),
    "bleeding": (
        r"\b(?:sangr\w+ (?:mucho|bastante|demasiado)|no (?:para|deja) de sangrar|hemorragia)\b",
        r"\b(?:vomit\w+|tos\w*|escup\w+) (?:con )?sangre\b",
    ),
    "poison": (
        r"\b(?:sobredosis|me envenene|envenenad[oa]|se envenen\w+)\b",
        r"\bme tome (?:todas|todo el frasco|demasiadas)\b",
        r"\bse me cierra la garganta\b",
        r"\breaccion alergica (?:fuerte|grave|severa)\b|\b(?:tengo|teniendo|tiene) una reaccion alergica\b",
    ),
    "birth": (
        r"\b(?:se me rompio la fuente|(?:el )?bebe (?:ya )?no se mueve)\b",
    ),
    "violence": (
        r"\b(?:me|nos) (?:va|quiere|quieren|van) (?:a )?matar\b",
        r"\bme (?:esta (?:pegando|golpeando)|golpea)\b",
        r"\b(?:esposo|esposa|marido|novio|novia|pareja|hijo|hija) (?:\w+ )?me pega\b",
    ),
    "emergency": (r"\bme estoy muriendo\b(?! de (?:hambre|sueno|frio|calor|risa|ganas|sed))",
                  r"\b(?:llam\w+ (?:al|a una) (?:911|9 1 1|ambulancia)|necesito una ambulancia)\b",
                  r"\b(?:es una emergencia|emergencia medica)\b"),
}  # fmt: skip

#: Right before a match these turn it round: "no chest pain today", "ya no me duele el pecho".
DENIED = (
    r"(?:\b(?:no|not|never|without|denies|deny|dont have|do not have|didnt have|havent had|no more|no new"
    r"|dont have any|no longer have|sin|nunca|ya no|no tengo|no tuve|no he tenido|tampoco)"
    r"(?: (?:any|a|un|una|ningun|more|mas))?) $"
)
#: What is about others or long past rather than now.
ELSEWHERE = (
    r"\bsuicide (?:prevention|hotline|lifeline|awareness|squad)\b",
    r"\bprevencion del suicidio\b",
    r"\bchoking hazard\b",
)
