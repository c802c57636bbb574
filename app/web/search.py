"""Search: everything a person may see that holds the words they typed, grouped, with the words marked."""

from flask import Flask, render_template, request

from app.core.folding import Piece, around, digits, pieces
from app.models.search_entry import SearchKind, is_searched
from app.models.search_terms import Wanted
from app.queries import patient_search
from app.queries.search import MOST, find
from app.web.session import staff_blueprint, viewer
from messaging import phone

bp = staff_blueprint("search", __name__)
bp.before_request(lambda: viewer().check_desk())


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(marked)
    app.add_template_filter(marked_around)
    app.add_template_filter(marked_phone)


@bp.get("/search")
def page() -> str:
    q = patient_search.clean_search(request.args.get("q", ""))
    kind = request.args.get("kind", "")
    only = SearchKind(kind) if kind in list(SearchKind) else None
    found = find(viewer(), q, only=only) if q else None
    recent = patient_search.recent(viewer()) if not q else None
    return render_template(
        "search/page.html", q=q, only=only, found=found, recent=recent, most=MOST,
        is_ready=is_searched(viewer().practice_id),
    )  # fmt: skip


def marked(text: object, wanted: Wanted) -> list[Piece]:
    """A short text in pieces, with the words somebody looked for told apart."""
    return pieces(str(text), wanted.marks)


def marked_around(text: str, wanted: Wanted) -> list[Piece]:
    """The part of a long text around the first of the words."""
    return pieces(around(text, wanted.secret_words or wanted.marks), wanted.marks)


def marked_phone(numbers: list[str], wanted: Wanted) -> Piece | None:
    """The number that was looked for, or else the first."""
    hits = [each for each in numbers if wanted.digits and wanted.digits[-10:] in digits(each)]
    best = (hits or numbers or [""])[0]
    return Piece(phone.show(best), is_hit=bool(hits)) if best else None
