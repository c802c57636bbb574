"""Every page a person may go to by name, and what can be begun from anywhere: what the command palette
offers. A place says which viewers may open it; tests open each as each role."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.folding import words
from app.models.user import CARE_ROLES, Role
from app.models.viewer import Viewer

May = Callable[[Viewer], bool]


def _care(viewer: Viewer) -> bool:
    """Staff who work with patients."""
    return viewer.role in CARE_ROLES


def _desk(viewer: Viewer) -> bool:
    """Staff who keep patients' records."""
    return viewer.role is not Role.ANALYST


def _reports(viewer: Viewer) -> bool:
    return viewer.sees_care


def _practice(viewer: Viewer) -> bool:
    return viewer.sees_practice


def _ledger(viewer: Viewer) -> bool:
    return viewer.sees_ledger


def _all(_viewer: Viewer) -> bool:
    return True


def _admin(viewer: Viewer) -> bool:
    return viewer.role is Role.ADMIN


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name, its address, its icon, who may open it, and other words it is looked for by."""

    name: str
    href: str
    icon: str
    may: May = _care
    also: str = ""
    #: Something is begun there, rather than looked at.
    is_action: bool = False

    def fits(self, q: str) -> bool:
        """Whether each word of `q` begins one of the place's."""
        own = words(f"{self.name} {self.also}")
        return all(any(each.startswith(word) for each in own) for word in words(q))


PLACES = (
    Place("New task", "/tasks/new", "plus", also="add create", is_action=True),
    Place("New referral", "/referrals/new", "heart-handshake", also="add create", is_action=True),
    Place("New patient", "/patients/new", "user-plus", _desk, "add create", is_action=True),
    Place("Send to a list", "/lists/new", "send", _practice, "text many bulk campaign", True),
    Place("Plan a leave", "/absences/new", "calendar", also="away holiday vacation", is_action=True),
    Place("Board", "/", "layout-kanban", also="tasks home cards"),
    Place("Inbox", "/inbox", "inbox", also="messages threads texts"),
    Place("Patients", "/patients", "users", _desk, "people panel"),
    Place("Referrals", "/referrals", "heart-handshake"),
    Place("Referrals by form", "/referrals/intakes", "file-text", also="intakes offices"),
    Place("Offices", "/offices", "building-hospital", also="referrers pcp"),
    Place("Community organizations", "/settings/referrals/organizations", "building-community",
          also="partners directory"),
    Place("Who cannot be texted", "/patients/untextable", "hand-stop", also="opted out stop"),
    Place("Who has no coverage", "/patients/uncovered", "shield-check", _desk, "insurance payer"),
    Place("Texts that did not arrive", "/messages/undelivered", "alert-triangle", also="failed lost"),
    Place("Texts held back", "/messages/held", "hourglass", also="odd unconfirmed"),
    Place("Lists", "/lists", "list", _practice, "bulk texts sent"),
    Place("Imports", "/imports", "file-import", _practice, "panel csv upload"),
    Place("Consent form to print", "/consent-form", "printer", _desk, "paper sign"),
    Place("Leave", "/absences", "calendar", also="away cover holiday"),
    Place("Help", "/help", "info-circle", _all, "how to guide manual"),
    Place("What statuses and colors mean", "/help/meanings", "tag", _all, "badges legend"),
    Place("Leaflet for patients", "/help/leaflet", "printer", _all, "paper spanish print"),
    Place("Likely duplicates", "/patients/duplicates", "users", _practice, "merge same person"),
    Place("Reports", "/reports", "chart-bar", _reports, "ledger touchpoints"),
    Place("Measures", "/reports/measures", "chart-line", _reports, "rates quality"),
    Place("Months", "/reports/months", "calendar-event", _practice, "close minutes programs"),
    Place("Exports", "/reports/exports", "download", _ledger, "files csv"),
    Place("Settings", "/settings", "settings", _all, "practice line hours"),
    Place("Staff and teams", "/settings/staff", "users-group", _all, "users roles invite"),
    Place("Changes of settings", "/settings/changes", "history", _practice, "audit who before"),
    Place("Holidays", "/settings/holidays", "calendar-event", _all, "closed days hours"),
    Place("Wording", "/settings/wording", "message", _all, "templates texts"),
    Place("Protocols", "/settings/protocols", "list", _all, "steps ladder"),
    Place("Languages", "/settings/languages", "language", _all, "translation"),
    Place("Whom this care is for", "/settings/fit", "filter", also="referral criteria fit"),
    Place("Keeping and legal holds", "/settings/retention", "lock", _practice, "retention years"),
    Place("What payers report", "/reports/payers", "chart-line", _practice, "cost outcome"),
    Place("Doctor", "/settings/doctor", "stethoscope", _admin, "check health server carrier"),
    Place("Set-up", "/settings/set-up/practice", "player-play", _admin, "wizard first run"),
    Place("API tokens", "/settings/tokens", "lock", _admin, "integration"),
)  # fmt: skip
MOST = 8


def places(viewer: Viewer, q: str) -> list[Place]:
    """The places the viewer may open whose words begin as `q` does; the actions alone without words."""
    may = [place for place in PLACES if place.may(viewer)]
    if not q:
        return [place for place in may if place.is_action]
    return [place for place in may if place.fits(q)][:MOST]
