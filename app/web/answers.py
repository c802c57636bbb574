"""How a view says "done": a toast and fresh fragments for htmx, a redirect with the same words for a
plain form. An undo is a link to the resource that takes the change back."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, flash, make_response, redirect, request


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take a change back: the method and the address of the small resource."""

    url: str
    method: str = "DELETE"


def toast_header(text: str, *, kind: str = "success", undo: Undo | None = None) -> str:
    """The value of HX-Trigger that shows a toast (ASCII, as headers must be)."""
    toast: dict[str, object] = {"text": text, "kind": kind}
    if undo is not None:
        toast["undo"] = {"url": undo.url, "method": undo.method}
    events: dict[str, object] = {"toast": toast}
    if kind == "success":
        events["refresh"] = True
    return json.dumps(events)


def done(text: str, *, then: str, undo: Undo | None = None) -> Response:
    """Answer a change: `then` is the page a plain form goes to."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Trigger": toast_header(text, undo=undo)})
    flash(text, "success")
    return make_response(redirect(then, 303))


def way_back(default: str) -> str:
    """Where the form came from, if that is a path of ours; else `default`."""
    return local_path(request.form.get("back")) or default


def local_path(address: str | None) -> str | None:
    """`address` when it is a path on this site (never another host), else None."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if not address.isprintable():  # line breaks have no place in a header
        return None
    parts = urlsplit(address)
    return address if not parts.netloc and not parts.scheme and "\\" not in address else None
