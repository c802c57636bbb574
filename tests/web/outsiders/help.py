"""Help: the same for everybody who is signed in; the leaflet has the practice's own number."""

from tests.web.outsider_cases import staff

CASES = {
    "help.index": staff(),
    "help.page": staff(name="navigator"),
    "help.meaning": staff(),
    "help.paper": staff(),
}
