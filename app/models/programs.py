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
