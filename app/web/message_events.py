"""Sentences for what becomes of one message: what its own page tells, first to last."""

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]

MESSAGE_EVENTS: dict[str, str | Callable[[Facts], str]] = {
    "message.received": lambda facts: (
        "Came in, and waits for somebody" if facts.get("waits") else "Came in"
    ),
    "message.urgent": "Holds words that may be urgent: raised, and the person on call is told",
    "message.media_asked_again": "Its file is fetched once more",
    "message.labelled": "Label changed",
    "message.refiled": "Given to the right person",
    "message.queued": "Written, and waits to leave",
    "message.changed": lambda facts: (
        "Waiting message changed" if facts.get("words") else "Waiting message moved to another time"
    ),
    "message.held": "Held: something about it was odd",
    "message.refused": "The phone company has no such text: it never takes effect",
    "message.released": "The phone company confirmed it: it took effect",
    "message.unconfirmed": "No answer of the phone company",
    "message.asked_about": "Asked to have the phone company asked again",
    "message.dealt_with": "Text that did not arrive: dealt with",
    "message.waits_again": "Text that did not arrive: waits for somebody again",
    "message.tried_again": "Text that did not arrive: tried again",
    "message.redirected": "Goes to the number they have now",
    "message.put_back": "Message put back, it waits to leave again",
    "message.sent": "Sent",
    "message.held_back": lambda facts: (
        f"Asked again before it left, and not sent: {facts['reason_words']}"
    ),
    "message.withheld": lambda facts: f"Not sent: {facts['reason_words']}",
    "message.not_accepted": "The phone company did not take it; it is tried again",
    "message.in_doubt": "No answer of the phone company: it is asked whether the text left",
    "message.accepted_late": "The phone company took it after all",
    "message.repeated": "Tried once more: nobody could say whether it left, and twice does no harm",
    "message.written_again": "Did not arrive, and was written again as a text of its own",
    "message.failed": "Did not arrive",
    "message.expired": "Its time was over before it could leave",
    "message.cancelled": lambda facts: (
        f"Cancelled: {facts['reason_words']}" if facts["reason_words"] else "Cancelled"
    ),
}
