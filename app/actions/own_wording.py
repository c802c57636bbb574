"""Adding a wording of the practice's own: for the reply box, or for texts to a list."""

import re
import unicodedata
from datetime import datetime

from sqlalchemy import select

from app.actions import wording_versions
from app.core.db import db
from app.core.errors import Invalid
from app.models.known_wording import OWN_PREFIX, Known
from app.models.practice import Practice
from app.models.viewer import Viewer
from app.models.wording_version import WordingVersion

LONGEST_TITLE = 60


def create(
    practice: Practice, *, title: str, is_reply: bool, body: str, by: Viewer, at: datetime
) -> WordingVersion:
    """Its first draft, in English. Raises Invalid for a title that can't be used or is taken, and for words
    the lint objects to."""
    name = " ".join(title.split())
    key = OWN_PREFIX + slug_of(name)
    if not 0 < len(name) <= LONGEST_TITLE or key == OWN_PREFIX:
        raise Invalid(f"Give it a title of at most {LONGEST_TITLE} characters.", field="title")
    wording_versions.take_turn(practice)
    taken = select(WordingVersion.id).where(
        WordingVersion.practice_id == practice.id, WordingVersion.key == key
    )
    if db.session.scalar(taken.limit(1)) is not None:
        raise Invalid("There is a wording of that title already: change that one.", field="title")
    known = Known(key, name, is_reply, is_first=not is_reply)
    return wording_versions.draft(practice, known, "en", body, by=by, at=at)


def slug_of(title: str) -> str:
    """How a title stands in a key: "¿Trae su tarjeta?" → trae_su_tarjeta."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
