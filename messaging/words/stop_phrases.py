"""Free wording that a reasonable person would read as "no more texts", in English and Spanish.

Regular expressions over one clause of plain words (no case, no accents, no apostrophes). A match pauses
and calls a person; it never opts out by itself. Every one has its examples in the tests.
"""

from __future__ import annotations

_TEXTS = r"(?:texts?|texting|text messages?|messages?|messaging|msgs?|sms|reminders?)"
_THESE = r"(?:me |us |all |of |these |those |this |the |your |any |sending |getting |receiving )*"
_MESSAGES = r"(?:mensajes?|mensajitos?|textos?|sms|recordatorios?)"
_REACH = (
    r"(?:escrib\w+|contact\w+|text\w+|mensaje\w+|llam\w+|mand\w+|envi\w+"
    r"|molest\w+|fastidi\w+|fregar|chingar|joder)"
)

# What stands right before "stop" in "don't stop my texts" and "why did you stop texting me".
KEEP_GOING = (
    r"(?:dont|do not|didnt|did not|never|not|wont|will not|cant|cannot|did you|did they|have you|no)"
    r"(?: (?:want|need|wish|mean))?(?: (?:you|u|them|it|this))?(?: to)?(?: (?:please|ever|just))? $"
)

ENGLISH = (
    rf"\b(?:stop|quit|cease) {_THESE}(?:{_TEXTS}|contacting|bothering|bugging|harassing|spamming)\b",
    r"\b(?:stop|quit) sending(?: (?:me|us|it|these|this|them|all|any|more|so|many|stuff|things))*$",
    r"\b(?:stop|quit) (?:writing|calling)(?: to)?(?: (?:me|us|here|this|my)\b|$)",
    r"\b(?:please|pls|plz|just) (?:stop|quit)(?: (?:it|this|that|now|already|all|everything))?$",
    r"^(?:can|could|would|will) (?:you|u) (?:please )?stop(?: (?:it|this|now))?$",
    r"^i (?:want|would like|wanna|need|wish) (?:this |it )?to (?:stop|opt out|unsubscribe)$",
    r"\b(?:i |already |have )(?:said|told you)(?: already)?(?: to)?(?: please)? stop\b"
    r"(?! (?:taking|using|by|in)\b)",
    r"^no (?:thanks|thank you|way) stop$",
    rf"^(?:end|cancel|discontinue) {_THESE}{_TEXTS}\b",
    rf"^no (?:more )?{_TEXTS}$",
    rf"\bno more {_THESE}(?:{_TEXTS}|calls)\b",
    r"\b(?:do not|dont|never|not to) (?:ever )?(?:text|message|contact|write|bother)"
    r"(?: to)?(?: (?:me|us|this)\b|$)",
    r"\b(?:do not|dont|never) (?:ever )?(?:text|message|contact|write|bother|call)"
    r"(?: (?:me|us))? (?:again|any ?more|ever)\b",
    r"\b(?:do not|dont|never) (?:ever )?send (?:me |us )?(?:any |these |more |anymore |your |the )*"
    rf"(?:{_TEXTS}|anything|nothing)\b",
    rf"\b(?:do not|dont|didnt|did not|no longer) (?:want|wish|need|like|ask for|sign up for)"
    rf"(?: (?!miss\b|lose\b|stop\b|skip\b)\w+){{0,4}} {_TEXTS}\b",
    r"\b(?:do not|dont|no longer) (?:want|wish|like) (?:you )?(?:to )?(?:be )?"
    r"(?:text|texted|contact|contacted|messaged|bothered)\b",
    r"\b(?:take|get|remove|drop|delete|cut) (?:me|us|my name|my number|my phone|this number|this phone)"
    r" (?:off|from|out)(?: of)? (?:of |the |this |that |your |these |all )*"
    r"(?:lists?|texts?|messages?|system|database|service|program|contacts?|calls?)\b",
    r"^remove from (?:the |this |your )?list$",
    r"\bnever (?:signed up for|asked for|agreed to|subscribed to) (?:this|these|any|text|your)\b",
    r"\b(?:take|get|remove|drop|delete|cut) (?:me|us|my number|this number)(?: off| out)?$",
    r"\b(?:delete|lose|erase|forget) (?:my|this) (?:number|phone|info|information|contact)\b",
    r"\bleave (?:me|us) alone\b",
    r"^(?:just )?(?:go away|get lost|bug off|buzz off|piss off|f off|fuck off|fuck you|screw you)$",
    r"\b(?:unsubscribe|opt me out|opting out|opt out|optout|stopall)\b",
    r"\b(?:i )?(?:revoke|withdraw|rescind) (?:my |all |any )*(?:consent|permission|authorization)\b",
    r"\byou (?:have|got|texted|reached|are texting|keep texting) (?:the |a )?wrong (?:number|person)\b",
    r"^(?:sorry )?(?:this is |its |it is )?(?:the |a )?wrong (?:number|person|phone)\b",
    r"\b(?:ur|youre) texting (?:the |a )?wrong (?:number|person)\b",
    r"\bnumber (?:does not|doesnt|no longer) belongs? to\b|\bno longer (?:has|uses) this number\b",
    r"\b(?:this is|its|thats) not (?:my|her|his|their) (?:number|phone)\b",
    r"\b(?:this|it) (?:isnt|is not) (?:my|her|his|their) (?:number|phone)\b",
    r"\b(?:harassing|spamming) (?:me|us)\b|\bthis is (?:harassment|spam)\b",
    r"\b(?:block|report)(?:ing)? (?:you|this number)\b",
    r"\b(?:i am|im) (?:not interested|done) (?:in|with) (?:your |these |the |this |any )*"
    r"(?:texts?|messages?|texting|service)\b",
)
SPANISH = (
    r"\bno (?:me|nos) (?:escriba[ns]?|contacte[ns]?|moleste[ns]?|textee[ns]?|mensajee[ns]?)\b",
    r"\bno (?:me|nos) (?:mande[ns]?|envie[ns]?|llame[ns]?)(?: (?:mas|nada|ningun|estos|esos|sus|los))*"
    rf"(?: {_MESSAGES}| eso| esto| nada)?(?: mas)?$",
    rf"\bno (?:me|nos) (?:mande[ns]?|envie[ns]?)(?: \w+){{0,2}} {_MESSAGES}\b",
    r"\bno (?:mande[ns]?|envie[ns]?|escriba[ns]?)(?: ya)? mas\b",
    r"\bno (?:me |nos )?text mas\b",
    rf"\bno vuelva[ns]? a {_REACH}",
    rf"^(?:no|stop)(?: a)?(?: los| estos| esos| mas)? {_MESSAGES}$",
    r"\b(?:deje[ns]?|deja|dejar|pare[ns]?|parar|basta) (?:ya )?de "
    rf"(?:{_REACH}|{_MESSAGES}|tantos {_MESSAGES})\b",
    r"\b(?:deje|dejen|deja)(?:me|nos) (?:ya )?(?:en paz|tranquil[oa]s?)\b",
    r"\b(?:quite|quiten|quita|borre|borren|borra|saque|saquen|saca|elimine|eliminen|elimina|remueva)(?:me|nos)\b",
    r"\b(?:quite|quiten|borre|borren|elimine|eliminen) mi (?:numero|nombre|telefono)\b",
    r"\b(?:numero|telefono|persona) (?:equivocad[oa]|incorrect[oa])\b",
    r"^(?:esta |se )?equivoc(?:ado|ada|o|aron)$",
    r"\beste numero (?:ya )?no es de\b",
    r"\bse equivoc(?:o|aron|a|an) de (?:numero|persona|telefono)\b",
    r"\b(?:este |ese )?no es (?:mi|su) (?:numero|telefono|celular)\b(?! de (?!telefono|celular))",
    rf"\bno (?:quiero|deseo|necesito|pedi|queremos|deseamos)"
    rf"(?: (?!perder\b|dejar\b)\w+){{0,4}} {_MESSAGES}\b",
    rf"\bno (?:quiero|deseo) que (?:me|nos) {_REACH}\b",
    rf"\b(?:no|ya no|nunca) mas (?:de )?(?:estos |esos |sus )?{_MESSAGES}\b",
    r"\b(?:dar(?:me|nos)?|deme|denme|dame|darse|dese) de baja\b"
    r"(?! (?:del?|en) (?:el |la |mi )?(?:seguro|trabajo|plan|medicaid|medicare|hospital|escuela))",
    r"\b(?:revoco|retiro|cancelo) mi (?:consentimiento|permiso|autorizacion)\b",
    rf"\b(?:cancele[ns]?|cancelar|detenga[ns]?|detener|suspenda[ns]?|pare[ns]?|parar) (?:ya )?"
    rf"(?:los |estos |esos |sus |todos los |todos )?{_MESSAGES}\b",
    r"\b(?:esto es|es un) (?:acoso|spam)\b",
    r"^(?:ya )?(?:basta|no mas|ya no mas|parele|para)(?: ya)?$",
)
# Whole messages: slips of the finger on STOP and its kin, and signs that say it without a word.
SLIPS = frozenset(
    {
        "stp",
        "stpo",
        "sotp",
        "tsop",
        "stpop",
        "stoop",
        "stopo",
        "stope",
        "stoo",
        "sstop",
        "stopn",
        "stop it",
        "stop this",
        "stop now",
        "stop already",
        "stop that",
        "unsubcribe",
        "unsuscribe",
        "unsubscibe",
        "unsubscrib",
        "unscribe",
        "unsub",
        "optuot",
        "cancell",
        "un subscribe",
        "quit it",
        "end this",
        "end it",
        "enough",
        "no more",
    }
)
SIGNS = frozenset("🛑🚫⛔✋")

# "STOP" in capitals inside other words is meant, unless it is one of these.
SHOUTED = r"(?<![\w-])STOP(?![\w-])"
NOT_SHOUTED = (
    r"\b(?:bus|train|next|first|last|my|the|a|one|non|full|pit|truck|rest) stop\b"
    r"|\bstop (?:by|in|at|over|off|for|into|taking|using|smoking|drinking|eating|working|sign|light)\b"
    r"|\b(?:should|can|could|may|did|do|must|when|why|if|they|he|she|it|dont|not|never|wont|cant|cannot)"
    r"(?: (?:i|we|you|they|he|she|it|said|told|me|to))* stop\b"
)
