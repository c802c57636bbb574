"""Questions and word tables the tests of replies share."""

from messaging.replies import Answer, Option, Question, Understanding, yes_no
from messaging.words import reply_words
from messaging.words.answer_phrases import PHRASES

ASKED = yes_no("en")
MEDICINE = yes_no("en", about="medication_received")
BARRIER = Question(
    "choice",
    (
        Option("cost", 1, "It costs too much"),
        Option("ride", 2, "No ride"),
        Option("forgot", 3, "I forgot"),
        Option("other", 4, "Something else"),
    ),
)
YES_NO_WORDS = [
    *((word, "yes") for word in reply_words.YES),
    *((word, "no") for word in reply_words.NO),
    *((word, "not_yet") for word in reply_words.NOT_YET),
]
ANSWER_PHRASES = [
    (about, key, phrase)
    for about, phrases in PHRASES.items()
    for key, said in (("yes", phrases.yes), ("no", phrases.no), ("not_yet", phrases.not_yet))
    for phrase in said
]


def understood(key: str | None, reason: str) -> Answer:
    return Answer(Understanding.UNDERSTOOD, key, reason)


def unclear(reason: str) -> Answer:
    return Answer(Understanding.UNCLEAR, None, reason)
