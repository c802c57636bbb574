"""What was said of the rows by people who answer for them: each word of an attestation or approval, and each
taking back, as it stood when the export's place in the chain was sealed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import and_, select

from app.core.db import db
from app.exports.wanted import Wanted, chosen
from app.models.touchpoint import TAKES_BACK, TouchpointAttestation, TouchpointSeal
from app.models.viewer import Viewer
from app.queries.ledger import utc_text
from app.value.commitments import Plain
from app.value.plain_json import dumps

#: Nothing was said before the first row was sealed.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(practice_id: UUID, as_of_seq: int) -> datetime:
    """When this place of the chain was sealed: what was said by then is in an export as of it, whenever it
    is made."""
    sealed_at = select(TouchpointSeal.sealed_at).where(
        TouchpointSeal.practice_id == practice_id, TouchpointSeal.seq == as_of_seq
    )
    return db.session.scalar(sealed_at) or BEGINNING


class Vouched:
    """The file's lines, and of how many rows each word stands, once they were written."""

    def __init__(self, viewer: Viewer, wanted: Wanted) -> None:
        self.viewer, self.wanted = viewer, wanted
        self.standing = dict.fromkeys(TAKES_BACK, 0)

    def lines(self) -> Iterator[bytes]:
        """One word per line, by the rows' places in the chain, then in the order they were said."""
        said = TouchpointAttestation
        until = moment_of(self.viewer.practice_id, self.wanted.period.as_of_seq)
        found = db.session.execute(
            chosen(self.viewer, self.wanted)
            .join(said, and_(said.practice_id == TouchpointSeal.practice_id,
                             said.touchpoint_id == TouchpointSeal.touchpoint_id, said.at <= until))
            .with_only_columns(TouchpointSeal.seq, said.touchpoint_id, said.kind, said.nth, said.by_id,
                               said.at)
            .order_by(TouchpointSeal.seq)
            .execution_options(yield_per=500)
        )  # fmt: skip
        for _, of_row in groupby(found, key=lambda word: word.seq):
            words = sorted(of_row, key=lambda word: (word.at, word.nth, word.kind))
            counts = Counter(word.kind for word in words)
            for kind, taken_back in TAKES_BACK.items():
                self.standing[kind] += counts[kind] > counts[taken_back]
            for word in words:
                line: dict[str, Plain] = {
                    "seal_seq": word.seq, "touchpoint_id": str(word.touchpoint_id), "kind": word.kind,
                    "at": utc_text(word.at),
                }  # fmt: skip
                if self.wanted.purpose.names_staff:
                    line["by_id"] = str(word.by_id)
                yield (dumps(line) + "\n").encode()
