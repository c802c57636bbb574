"""`GET /topics`: which of the topics a page watches moved past what it knows. Pages ask on connect, when
a number was skipped, and every 30 s, so a page that missed every poke is right all the same."""

from flask import Blueprint, Flask, current_app, jsonify, request
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from app.core.db import enter_practice
from app.models.viewer import Viewer
from app.queries import topics
from app.web.session import viewer

bp = Blueprint("topics", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_global(watched)


@bp.get("/topics")
def index() -> Response:
    """`?watch=board@12&watch=conversation:<id>@4` → {"moved": {"board": 14}, "gone": []}."""
    known = dict(parse(word) for word in request.args.getlist("watch")[: topics.MOST_AT_ONCE])
    newest: dict[str, int] = {}
    for watcher in find_watchers():
        enter_practice(watcher.practice_id)
        newest |= topics.seqs(watcher, topics.may_watch(watcher, known))
    moved = {topic: seq for topic, seq in newest.items() if seq > known[topic]}
    return jsonify(moved=moved, gone=sorted(set(known) - set(newest)))


def find_watchers() -> list[Viewer]:
    """Whoever is signed in here: staff, a patient in the portal, or both. Raises Unauthorized."""
    found = [find() for find in current_app.extensions["touchline.viewers"]]
    watchers = [viewer for viewer in found if viewer is not None]
    if not watchers:
        raise Unauthorized
    return watchers


def parse(word: str) -> tuple[str, int]:
    """`board@12` → ("board", 12); without a usable number the page knows nothing: -1."""
    topic, _, seq = word.rpartition("@")
    return (topic, int(seq)) if topic and seq.isdecimal() else (topic or word, -1)


def watched(*names: str, watcher: Viewer | None = None) -> str:
    """For `data-topics`: the topics with the numbers this page is drawn at, `board@12 patient:…@3`.

    Name only topics of records the view has found through access.
    """
    newest = topics.seqs(watcher or viewer(), names)
    return " ".join(f"{topic}@{seq}" for topic, seq in newest.items())
