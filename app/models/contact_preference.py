"""How a patient wants to be contacted, as staff wrote it down: plain values out of `patient.preferences`,
where the patient's own part of the day stands too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: What staff may tick, in the order it is shown.
FLAGS = ("call_only", "no_links", "flip_phone", "interpreter")
#: Parts of the day to be contacted in; "" = any time.
TIMES = ("", "morning", "afternoon", "evening")


@dataclass(frozen=True, slots=True)
class Preferences:
    """`call_only`: no automatic texts, a person calls. `no_links`: texts without links and no portal.
    `flip_phone`: the same, because the phone cannot open them. `interpreter`: calls need one."""

    call_only: bool = False
    no_links: bool = False
    flip_phone: bool = False
    interpreter: bool = False
    best_time: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Preferences":
        """Read what is stored; odd values count as not set."""
        time = stored.get("best_time")
        return cls(
            **{flag: stored.get(flag) is True for flag in FLAGS},
            best_time=time if time in TIMES else "",
        )

    @property
    def flags(self) -> list[str]:
        """Those that are set, as their codes."""
        return [flag for flag in FLAGS if getattr(self, flag)]

    def why_not(self, action: str, *, has_link: bool) -> str | None:
        """Why a message of a ladder (`text`, `portal`) is not for this patient; None when it is."""
        if self.call_only:
            return "call_only"
        opens_links = action == "portal" or has_link
        if opens_links and self.flip_phone:
            return "flip_phone"
        return "no_links" if opens_links and self.no_links else None
