"""Measures: rates of a period with all their figures, each by group, and the rows behind every number.
Analysts count the whole practice, without names."""

from flask import Flask, render_template, request
from werkzeug.exceptions import NotFound

from app.queries.measure_filter import DIMENSIONS, Span
from app.queries.measure_list import page_of
from app.queries.measures import narrowed, result, results
from app.value.own_measures import MEASURES
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import WORDS

bp = staff_blueprint("measures", __name__, url_prefix="/reports/measures")
bp.before_request(lambda: viewer().check_reports())
KEYS = {measure.key for measure in MEASURES}
MEASURE_WORDS = {
    "verdict": {"met": "Met", "not_met": "Not met", "unknown": "Unknown", "excluded": "Excluded",
                "denominator": "Counted", "": "All"},
    "dimension": {"team": "Team", "subgroup": "Subgroup", "payer": "Payer", "month": "Month",
                  "language": "Language", "zone": "Time zone"},
}  # fmt: skip


def register(app: Flask) -> None:
    WORDS.update(MEASURE_WORDS)
    app.register_blueprint(bp)


def span() -> Span:
    return Span.read(request.args, zone=signed_in().practice.time_zone, at=now())


def chosen(key: str) -> str:
    if key not in KEYS:
        raise NotFound
    return key


def dimension() -> str:
    by = request.args.get("by", "team")
    return by if by in DIMENSIONS else "team"


@bp.get("")
def index() -> str:
    wanted = span()
    return render_template(
        "measures/index.html", found=results(viewer(), wanted), wanted=wanted, by=dimension(),
        dimensions=DIMENSIONS,
    )  # fmt: skip


@bp.get("/<key>")
def page(key: str) -> str:
    wanted = span()
    found = result(viewer(), wanted, chosen(key))
    return render_template(
        "measures/page.html", found=found, wanted=wanted, by=dimension(), dimensions=DIMENSIONS
    )


@bp.get("/<key>/cases")
def cases(key: str) -> str:
    """The rows behind one number, oldest first."""
    wanted = span()
    found = result(viewer(), wanted, chosen(key))
    by, group = request.args.get("by", ""), request.args.get("group", "")
    verdict = request.args.get("verdict", "")
    listed = narrowed(found, by=by, group=group, verdict=verdict)
    return render_template(
        "measures/cases.html", measure=found.measure, wanted=wanted, by=by, group=group,
        verdict=verdict, total=len(listed),
        shown=page_of(viewer(), listed, request.args.get("page", "1")),
    )  # fmt: skip
