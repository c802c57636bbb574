"""The words a person hears before something about them goes to a community organization, and when they do not
want that any more. That HIPAA may not bind who receives it has to be said: HL7 Gravity SDOH Clinical Care,
Consent."""

from app.models.community_organization import CommunityOrganization
from app.models.practice import Practice

SHARE = {
    "en": (
        "I agree that {practice} shares with {organization} that I need help, what I need, and "
        "how to reach me, and that {organization} tells {practice} how it went. {organization} "
        "may not be bound by HIPAA, the federal law that protects health information, and could "
        "pass on what it learns. I can stop this at any time by calling {practice}; what was "
        "shared before cannot be taken back. My care does not depend on this."
    ),
    "es": (
        "Acepto que {practice} comparta con {organization} que necesito ayuda, qué necesito y "
        "cómo comunicarse conmigo, y que {organization} le cuente a {practice} cómo me fue. Es "
        "posible que {organization} no esté obligada por HIPAA, la ley federal que protege la "
        "información de salud, y que pase a otros lo que sepa. Puedo detener esto cuando quiera "
        "llamando a {practice}; lo que ya se compartió no se puede recuperar. Mi atención no "
        "depende de esto."
    ),
}
STOP = {
    "en": "I do not want {practice} to share anything about me with community organizations any more.",
    "es": "Ya no quiero que {practice} comparta nada sobre mí con organizaciones de la comunidad.",
}


def share_words(language: str, practice: Practice, organization: CommunityOrganization) -> str:
    """In the person's language, else in English."""
    words = SHARE.get(language, SHARE["en"])
    return words.format(practice=practice.name, organization=organization.name)


def stop_words(language: str, practice: Practice) -> str:
    return STOP.get(language, STOP["en"]).format(practice=practice.name)
