"""Care management programmes that need the patient's consent on record before their time counts. Tags as
the ledger has them; which needs a consent: CMS, MLN909188 (CCM), 42 CFR 410.26, VALUE_RULES §1."""

PROGRAMS = {
    "ccm": "Chronic care management",
    "pcm": "Principal care management",
    "apcm": "Advanced primary care management",
    "bhi": "Behavioral health integration",
    "chi": "Community health integration",
    "pin": "Principal illness navigation",
    "rpm": "Remote monitoring",
    "tcm": "Care after a hospital stay",
}
_BY_NAME = {name.casefold(): tag for tag, name in PROGRAMS.items()}


def tag_of(text: str) -> str:
    """The tag of a programme as a payer or a person writes it: "CCM", "ccm " and "Chronic care management"
    are one. A payer's own name (an MA plan's) is its own tag, in small letters."""
    plain = " ".join(text.split()).casefold()
    return _BY_NAME.get(plain, plain)
