"""The invented practice: staff, offices, organizations and patients. Nobody here exists; numbers are
555-01xx and addresses example.org."""

from datetime import date
from typing import Any, NamedTuple

from app.actions.organization_numbers import Texts

SLUG = "demo"
NAME = "Harborview Family Practice"
TIME_ZONE = "America/Los_Angeles"
LINE = "+15035550100"
OFFICE_PHONE = "+15035550199"
PASSWORD = "touchline-demo"  # noqa: S105 - printed on start, for invented people only

SUBGROUPS = {
    "healthy": "Healthy", "at_risk": "At risk", "chronic": "Chronic conditions", "complex": "Complex needs",
}  # fmt: skip
TEAMS = ("Harbor team", "Hillside team")


class Staff(NamedTuple):
    name: str
    role: str
    team: str | None
    credential: str | None
    languages: tuple[str, ...] = ("en",)


STAFF = (
    Staff("Ana Alvarez", "navigator", "Harbor team", "CHW", ("en", "es")),
    Staff("Ben Brooks", "navigator", "Hillside team", "MA"),
    Staff("Nora Patel", "clinician", "Harbor team", "RN"),
    Staff("Lea Lindqvist", "lead", "Harbor team", "RN"),
    Staff("Fay Ford", "front_desk", None, None, ("en", "es")),
    Staff("Adam Ode", "admin", None, None),
    Staff("Iris Novak", "analyst", None, None),
)


class Person(NamedTuple):
    key: str
    given: str
    family: str
    born: date
    phone: str
    language: str = "en"
    subgroup: str = "chronic"
    team: str | None = "Harbor team"
    consent: bool = True
    payer: str | None = "Cascade Health Plan"


#: Patient → who may speak for them, how they are related, their phone, language.
HELPERS = {
    "george": ("Nell Hill", "daughter", "+15035550171", "en"),
    "rosa": ("Luz Jiménez", "hija", "+15035550172", "es"),
}

PATIENTS = (
    Person("sam", "Sam", "Porter", date(1951, 4, 2), "+15035550101"),
    Person("rosa", "Rosa", "Jiménez", date(1948, 9, 30), "+15035550102", "es", "complex"),
    Person("kim", "Kim", "Tran", date(1960, 1, 17), "+15035550103"),
    Person("lee", "Lee", "Tran", date(1958, 11, 5), "+15035550103", subgroup="at_risk"),
    Person("olga", "Olga", "Petrova", date(1944, 6, 21), "+15035550105", subgroup="complex"),
    Person("george", "George", "Hill", date(1939, 2, 11), "+15035550106", subgroup="complex"),
    Person("maria", "María", "Santos", date(1972, 12, 3), "+15035550107", "es"),
    Person("dorothy", "Dorothy", "Ames", date(1946, 7, 8), "+15035550108", subgroup="complex"),
    Person("henry", "Henry", "Okafor", date(1955, 10, 26), "+15035550109", payer="Valley Medicare"),
    Person("jean", "Jean", "Marsh", date(1949, 3, 14), "+15035550110", payer="Valley Medicare"),
    Person("walter", "Walter", "Nowak", date(1941, 8, 19), "+15035550111", consent=False),
    Person("priya", "Priya", "Raman", date(1980, 5, 24), "+15035550112", subgroup="at_risk"),
    Person("ed", "Ed", "Lowe", date(1953, 1, 29), "+15035550113", team="Hillside team"),
    Person(
        "grace", "Grace", "Kim", date(1990, 2, 6), "+15035550114", subgroup="healthy", payer=None
    ),
    Person("luis", "Luis", "Ortega", date(1966, 6, 15), "+15035550115", "es", team=None),
    Person("betty", "Betty", "Frost", date(1936, 4, 9), "+15035550116", team="Hillside team"),
    # Dorothy once more, as another clinic wrote her down: a likely duplicate.
    Person(
        "dot", "Dot", "Ames", date(1946, 7, 8), "+15035550117", subgroup="complex", consent=False
    ),
)
#: Team → the subgroup whose patients without a team of their own it serves.
SERVES = {"Hillside team": "chronic"}

OFFICE = {
    "name": "Riverside Internal Medicine", "clinicians": ["Dr. Helen Voss", "Dr. Omar Reyes"],
    "email": "referrals@riverside.example.org", "fax": "+15035550180", "phone": "+15035550181",
}  # fmt: skip
ORGANIZATIONS: tuple[dict[str, Any], ...] = (
    {
        "name": "Harbor Street Pantry", "serves": "Groceries to take home, diabetic boxes on Fridays",
        "needs": ("food",), "languages": ("en", "es"), "hours": "Mon to Fri 10 am to 4 pm",
        "phone": "+15035550190", "email": "boxes@pantry.example.org", "address": "12 Harbor Street",
    },
    {
        "name": "Green Line Rides", "serves": "Rides to the clinic, two days ahead",
        "needs": ("transportation",), "hours": "Mon to Sat 7 am to 6 pm", "phone": "+15035550191",
        "texts": Texts("sms", "+15035550194", "yes", "Joel Marsh, dispatcher"),
    },
    {
        "name": "Lighthouse Housing Help", "serves": "Rent, eviction and utility bills",
        "needs": ("housing", "utilities", "legal"), "hours": "Tue and Thu 9 am to 1 pm",
        "capacity": "limited", "phone": "+15035550192", "email": "intake@lighthouse.example.org",
    },
    {
        "name": "Casa Puente", "serves": "Groceries and company, in Spanish",
        "needs": ("food", "social_contact"), "languages": ("es",), "hours": "Every day noon to 6 pm",
        "phone": "+15035550193", "email": "hola@casapuente.example.org",
    },
)  # fmt: skip
