"""What payers send: for leads and admins, and each practice its own."""

from tests.web.outsider_cases import roles

CASES = {
    "payers.page": roles("lea", "adam"),
    "payers.roster": roles("lea", "adam", data={"payer": "Plan"}),
    "payers.report": roles("lea", "adam", data={"payer": "Plan"}),
}
