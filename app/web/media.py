"""Files that came with texts, to be saved and never shown: whatever a stranger sent is handed over as a file
that no browser opens here. And the words for where each stands."""

from uuid import UUID

from flask import Flask, Response, url_for

from app.actions import media
from app.core.db import transaction
from app.models.media import Media, MediaStatus
from app.queries.media import media_for
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.words import word
from messaging.media_types import BY_MIME, declared_kind

bp = staff_blueprint("media", __name__, url_prefix="/media/<uuid:media_id>")
bp.before_request(lambda: viewer().check_staff())

#: No origin, no scripts, no frames, no requests: should a browser show it all the same.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_TROUBLE = {
    MediaStatus.GONE: "The phone company does not have it any more. Ask them to send it again.",
    MediaStatus.FAILED: "It could not be fetched from the phone company for most of a day.",
}


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    for filter_ in (file_noun, file_size, file_trouble):
        app.add_template_filter(filter_)


@bp.get("")
def file(media_id: UUID) -> Response:
    """The file itself, under a name of ours."""
    found = media_for(viewer(), media_id, whole=True)
    known = BY_MIME[found.found_type or ""]
    answer = Response(found.content or b"", content_type=known.mime)
    name = f"{known.kind}-{str(found.id)[-8:]}.{known.extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@bp.post("/fetching")
def fetch_again(media_id: UUID) -> Response:
    """Ask the carrier anew for a file that could not be fetched."""
    with transaction():
        found = media_for(viewer(), media_id)
        media.fetch_again(found, by=viewer().actor, at=now())
        thread_id = found.message.conversation_id
    return done("It is being fetched.", then=url_for("inbox.one", conversation_id=thread_id))


def file_noun(row: Media) -> str:
    """Picture, Document, …: what it is, or before it is here what it was said to be."""
    known = BY_MIME.get(row.found_type or "")
    return word(known.kind if known else declared_kind(row.declared_type) or "file", "file")


def file_size(row: Media) -> str:
    """240 KB, 1.2 MB; never 0."""
    size = row.size or 0
    if size < 1024 * 1024:
        return f"{max(round(size / 1024), 1)} KB"
    return f"{size / (1024 * 1024):.1f} MB"


def file_trouble(row: Media) -> str:
    """Why it is not here and never will be by itself; "" while it may come, or is here."""
    if row.status is MediaStatus.REFUSED:
        return word(row.reason, "file_refused")
    return _TROUBLE.get(row.status, "")
