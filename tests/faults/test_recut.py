"""W4: a captured request, its characters cut into other keys and values under the old signature. What takes
effect says what the true one said; the rest is refused, at once or when the carrier knows no such text."""

from collections.abc import Callable
from itertools import cycle, islice
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.models.consent import Consent
from app.models.message import Direction, Message
from app.models.task import TaskType
from tests.conftest import Clock
from tests.faults.figures import Figure, size
from tests.faults.posting import Forged, Form, post, signed
from tests.phones import Phones, new_sid
from tests.web.webhooks.signing import PATH, inbound_form
from tests.world import World, look_again
from workers import reconciler

COUNT = size(160, 1000)
#: Keys that swallow what follows: unknown ones, and known ones that only describe.
TAILS = ("Zzz", "ToZip", "ToState", "ToCity", "ToCountry", "Unknown", "a", "ToX", "Tp")
SENDER = "+15035550171"


def a_true_form(world: World, n: int) -> Form:
    """Words that end no task and no consent."""
    people = (world.sam, world.rosa, world.tom)
    words = ("Hello there", "thanks a lot", "see you")
    return inbound_form(world, world.phone(people[n % 3]), words[n % len(words)])


def spoof(world: World, n: int) -> tuple[Form, Forged]:
    """What an outsider texts in order to capture it, and its characters read as somebody else's text.

    The sender chooses the body; the last key swallows whatever followed it.
    """
    sid, tail = new_sid(), TAILS[n % len(TAILS)]
    victim = world.phone((world.sam, world.rosa, world.tom)[n % 3])
    wanted = {"From": victim, "MessageSid": sid, "NumMedia": "0", "SmsMessageSid": sid, "SmsSid": sid,
              "SmsStatus": "received", "To": world.line.number}  # fmt: skip
    word = ("STOP", "1", "2", "START")[n % 4]
    crafted = word + "".join(key + value for key, value in sorted(wanted.items())) + tail
    captured = inbound_form(world, SENDER, crafted)
    before = {key: value for key, value in captured.items() if key < "Body"}
    rest = "".join(key + value for key, value in sorted(captured.items()) if key > "Body")
    return captured, Forged(before | {"Body": word} | wanted | {tail: rest}, signed(captured))


def moved_boundary(world: World, n: int) -> tuple[Form, Forged]:
    """One boundary between key and value stands elsewhere, or a key is swallowed by the one before."""
    form = a_true_form(world, n)
    pairs = sorted(form.items())
    at = n % (len(pairs) - 1)
    (key, value), following = pairs[at], pairs[at + 1]
    kept = pairs[:at] + pairs[at + 2 :]
    if n % 3 and len(value) > 1:
        cut = 1 + n % (len(value) - 1)
        return form, Forged(
            dict([*kept, (key + value[:cut], value[cut:]), following]), signed(form)
        )
    return form, Forged(dict([*kept, (key, value + "".join(following))]), signed(form))


def moved_path(world: World, n: int) -> tuple[Form, Forged]:
    """The end of the path becomes a key, or the first key a part of the path."""
    form = a_true_form(world, n)
    first = min(form)
    rest = {key: value for key, value in form.items() if key != first}
    if n % 2:
        cut = 1 + n % (len("messages") - 1)
        return form, Forged(
            {PATH[-cut:] + first: form[first]} | rest, signed(form), path=PATH[:-cut]
        )
    return form, Forged(rest, signed(form), path=f"{PATH}{first}{form[first]}")


def repeated(world: World, n: int) -> tuple[Form, Forged]:
    form = a_true_form(world, n)
    key = sorted(form)[n % len(form)]
    more = urlencode({key: form[key] if n % 2 else "STOP"})
    return form, Forged(form, signed(form), raw=f"{urlencode(form)}&{more}")


RECUTS: tuple[Callable[[World, int], tuple[Form, Forged]], ...] = (
    spoof,
    moved_boundary,
    moved_path,
    repeated,
)


def heard(*, held: bool) -> list[Message]:
    rows = db.session.scalars(select(Message).where(Message.direction == Direction.INBOUND))
    return [row for row in rows if (row.held_reason is not None) is held]


def test_it_gives_no_effect_to_a_captured_request_cut_anew(
    world: World, clock: Clock, twilio: Flask, figure: Figure
) -> None:
    phones = Phones(world, clock)
    people = (world.sam, world.rosa, world.tom)
    tasks = [phones.ask(who, TaskType.MEDICATION_RECEIVED) for who in people]
    consents = select(func.count()).select_from(Consent)
    known, answers, true = db.session.scalar(consents) or 0, [], {}
    for n, recut in enumerate(islice(cycle(RECUTS), COUNT)):
        form, forged = recut(world, n // len(RECUTS))
        true[form["MessageSid"]] = (form["Body"], form["From"])
        answers.append(post(twilio, forged))
    assert set(answers) <= {200, 400, 403, 404, 405}
    look_again()
    waiting = len(heard(held=True))
    with twilio.app_context():
        for _ in range(COUNT // 50 + 1):
            reconciler.confirm_held()  # the carrier is asked, and has none of them
    look_again()
    assert {row.held_reason for row in heard(held=True)} == {"the carrier has no such message"}
    said = [(row.provider_id, row.body, row.phone_number.e164) for row in heard(held=False)]
    effects = sum((body, sender) != true.get(sid or "") for sid, body, sender in said)
    for task in tasks:
        db.session.refresh(task)
        effects += not task.is_open
    effects += (db.session.scalar(consents) or 0) - known
    figure("W4 re-cut", n=len(answers), held_then_refused=waiting, effects=effects)
    assert waiting > COUNT // 5, "some reach the place where only the carrier can tell"
    assert effects == 0
