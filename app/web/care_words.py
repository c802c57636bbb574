"""Words for labels of what is handled with care, for programmes and agreements; and what a form offers."""

from flask import Flask

from app.models.consent import PART_2_SHARING
from app.models.programs import PROGRAMS
from app.models.sensitivity import Sensitivity
from app.web.words import WORDS

SENSITIVITY = {
    Sensitivity.PART_2: "Substance use treatment (42 CFR Part 2)",
    Sensitivity.BEHAVIORAL: "Behavioral health",
    Sensitivity.REPRODUCTIVE: "Reproductive health",
    Sensitivity.MINOR: "A minor’s own care",
}
#: What a form offers: the code and its words, none first.
HANDLE_WITH_CARE = [("", "Like everything else"), *((str(k), v) for k, v in SENSITIVITY.items())]


def register(app: Flask) -> None:
    WORDS["sensitivity"] = {str(key): words for key, words in SENSITIVITY.items()}
    WORDS["agreement"] = {
        PART_2_SHARING: "Passing on records of substance use treatment",
        **PROGRAMS,
    }
    WORDS["agreed"] = {
        "given": "they agreed",
        "withdrawn": "they took it back",
        "declined": "they did not want it",
    }
    WORDS["consent_about"] |= WORDS["agreement"]
    WORDS["event"]["task.labelled"] = "Goal or label changed"
    WORDS["event"]["message.labelled"] = "Label of the message changed"
    app.jinja_env.globals["handle_with_care"] = HANDLE_WITH_CARE
