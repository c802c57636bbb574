"""A line's number and account after it was added: an account or token that was replaced, a number that was
mistyped, a line that nothing should leave from any more. The directory follows in the same transaction."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.message import Message
from app.models.practice import Line, LineDirectory
from messaging import phone as phones
from messaging.errors import BadNumber

TAKEN = "This number is set up as a line already."
_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Account:
    """The account that owns a number. `token` is None where the one on record stays; without a SID the
    environment's account is used."""

    sid: str | None
    token: str | None = None


def check(account: Account) -> None:
    """Raises Invalid unless both halves are there, or neither."""
    if bool(account.sid) is not bool(account.token):
        raise Invalid("An own account needs both its SID and its token.", field="account_sid")
    if account.sid and not _ACCOUNT_SID.fullmatch(account.sid):
        raise Invalid("An account SID is AC and 32 hex digits.", field="account_sid")


def read_number(text: str) -> str:
    """E.164. Raises Invalid."""
    try:
        return phones.parse(text)
    except BadNumber as error:
        raise Invalid(error.person_text, field="line") from error


def check_free(practice_id: UUID, number: str, account: Account) -> None:
    """Raises Conflict for a number that is a line already, of this account or of this practice."""
    if db.session.get(LineDirectory, (account.sid or "", number)) or _is_own(practice_id, number):
        raise Conflict(TAKEN)


def _is_own(practice_id: UUID, number: str) -> bool:
    own = exists().where(Line.practice_id == practice_id, Line.number == number)
    return bool(db.session.scalar(select(own)))


def list_line(line: Line) -> None:
    """Let the carrier's requests for this account and number find the line."""
    entry = LineDirectory(
        account_sid=line.account_sid or "", number=line.number, practice_id=line.practice_id,
        line_id=line.id,
    )  # fmt: skip
    db.session.add(entry)


def is_used(line: Line) -> bool:
    """Whether a text ever came in or went out by it: its number then stands in records."""
    used = exists().where(Message.practice_id == line.practice_id, Message.line_id == line.id)
    return bool(db.session.scalar(select(used)))


def replace(line: Line, number: str, account: Account, *, by: Actor, at: datetime) -> bool:
    """Give the line another number, account or token; False when nothing differs.

    Raises Invalid, also for another number once the line was used; Conflict for a number that is taken.
    """
    e164 = read_number(number)
    stays = account.sid == line.account_sid and not account.token
    token = line.auth_token if stays else account.token
    check(Account(account.sid, token))
    if e164 != line.number and is_used(line):
        raise Invalid(
            "Texts went over this number: it stays. Add the right one as another line.",
            field="line",
        )
    wanted = {"number": e164, "account_sid": account.sid}
    differing = {name: value for name, value in wanted.items() if getattr(line, name) != value}
    before = {name: getattr(line, name) for name in differing}
    is_new_token = token != line.auth_token
    if not differing and not is_new_token:
        return False
    if differing:
        _relist(line, e164, account)
    line.auth_token = token
    said = {"auth_token": "replaced"} if is_new_token and token else {}
    record(line, "line.changed", by=by, at=at, before=before, after=differing | said)
    return True


def _relist(line: Line, number: str, account: Account) -> None:
    listed = db.session.get_one(LineDirectory, (line.account_sid or "", line.number))
    is_taken = db.session.get(LineDirectory, (account.sid or "", number)) is not None
    if is_taken or (number != line.number and _is_own(line.practice_id, number)):
        raise Conflict(TAKEN)
    db.session.delete(listed)
    db.session.flush()
    line.number, line.account_sid = number, account.sid
    list_line(line)


def switch(line: Line, *, on: bool, by: Actor, at: datetime) -> bool:
    """Whether texts may leave from it. What comes in is taken either way."""
    if line.is_active is on:
        return False
    line.is_active = on
    record(
        line, "line.changed", by=by, at=at, before={"is_active": not on}, after={"is_active": on}
    )
    return True
