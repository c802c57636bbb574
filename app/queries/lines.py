"""Which line a carrier's request is for. Only the small directory is read across practices; the line
and the message are read inside the one practice it names. Lines are remembered for a few seconds:
checking a signature then needs no statement at all."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, enter_practice
from app.core.settings import current_settings
from app.models.message import Message
from app.models.practice import Line, LineDirectory

#: How the directory names the account of the environment.
ENVIRONMENT = ""


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line and the token its account signs with."""

    line: Line
    token: str = field(repr=False)


#: How long a line that got a new token may still be taken for what it was.
REMEMBER_SECONDS = 10.0
_remembered: dict[tuple[str, str, str], tuple[float, FoundLine]] = {}


def find_line(account_sid: str, number: str, *, fresh: bool = False) -> FoundLine | None:
    """The line the account owns under this number, or None; `fresh` looks again. One that is switched off
    still takes what comes in: a STOP counts.

    The line is detached: its values are as they were read.
    """
    key = (current_settings().database_url, account_sid, number)
    until, known = _remembered.get(key, (0.0, None))
    if known is not None and not fresh and time.monotonic() < until:
        enter_practice(known.line.practice_id)
        return known
    _remembered.pop(key, None)
    found = _look_up(account_sid, number)
    if found is not None:
        db.session.expunge(found.line)
        _remembered[key] = (time.monotonic() + REMEMBER_SECONDS, found)
    return found


def _look_up(account_sid: str, number: str) -> FoundLine | None:
    listed = _listed(account_sid, number)
    if len(listed) != 1:
        return None
    enter_practice(listed[0].practice_id)
    line = db.session.get(Line, (listed[0].practice_id, listed[0].line_id))
    return _with_token(line, account_sid) if line is not None else None


def find_sent(
    account_sid: str, message_id: UUID, *, sender: str | None
) -> tuple[FoundLine, Message] | None:
    """One of our texts and the line it left from, when that line is the account's; or None."""
    listed = {entry.line_id: entry for entry in _listed(account_sid, sender)}
    for practice_id in dict.fromkeys(entry.practice_id for entry in listed.values()):
        enter_practice(practice_id)
        message = db.session.scalar(
            select(Message).where(Message.practice_id == practice_id, Message.id == message_id)
        )
        if message is not None and message.line is not None and message.line_id in listed:
            found = _with_token(message.line, account_sid)
            return (found, message) if found else None
    return None


def _listed(account_sid: str, number: str | None) -> Sequence[LineDirectory]:
    """The directory's entries of an account, for one number or for all of its numbers."""
    is_ours = account_sid == current_settings().twilio_account_sid
    names = [account_sid, ENVIRONMENT] if is_ours else [account_sid]
    entries = select(LineDirectory).where(LineDirectory.account_sid.in_(names))
    if number is not None:
        entries = entries.where(LineDirectory.number == number)
    return db.session.scalars(entries).all()


def _with_token(line: Line, account_sid: str) -> FoundLine | None:
    """The line with its account's token; None when no token is known, so nothing can be verified."""
    settings = current_settings()
    if line.account_sid:
        own = line.account_sid == account_sid and line.auth_token
        return FoundLine(line, own) if own else None
    ours = account_sid == settings.twilio_account_sid and settings.twilio_auth_token
    return FoundLine(line, ours) if ours else None
