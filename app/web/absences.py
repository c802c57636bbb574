"""Leave: who is away and who covers, a form that shows what would go to whom before anything is saved, and
coming back early."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import absences
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.models.absence import Absence, Handing, OnReturn
from app.models.user import User
from app.queries import absences as reads
from app.queries.board_choices import owners
from app.web.answers import Undo, done
from app.web.display import on_day
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("absences", __name__, url_prefix="/absences")
bp.before_request(lambda: viewer().check_staff())
HANDINGS = [
    (Handing.AS_NEEDED, "What comes up meanwhile"),
    (Handing.ALL, "Everything open, at once"),
]
RETURNS = [(OnReturn.BACK, "Comes back"), (OnReturn.STAYS, "Stays with whoever has it then")]


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    coming, over = reads.listed(viewer())
    return render_template("absences/index.html", coming=coming, over=over, at=now())


@bp.get("/new")
def new() -> str:
    """The form; once days are chosen, with what would go to whom."""
    form = request.args
    if not form.get("from_on") and not form.get("to_on"):
        return sheet(form)
    try:
        user, cover = people(form)
        planned = read(form, user, cover)
    except Invalid as error:
        return sheet(form, error=error)
    return sheet(form, shares=reads.shares(user, cover), planned=planned)


def sheet(
    form: Mapping[str, str],
    *,
    error: Invalid | None = None,
    shares: list[reads.Share] | None = None,
    planned: Absence | None = None,
) -> str:
    staff = owners(viewer())
    everybody = [(user.id, user.name) for user in staff]
    return render_template(
        "absences/new.html", form=form, error=error, shares=shares, planned=planned,
        people=everybody if viewer().sees_practice else None, covers=everybody,
        handings=HANDINGS, returns=RETURNS, errors={error.field: error.person_text} if error else {},
    )  # fmt: skip


@bp.post("")
def create() -> Response | tuple[str, int]:
    form = request.form
    try:
        with transaction():
            user, cover = people(form)
            absence = absences.enter(
                user, day(form, "from_on"), day(form, "to_on"), by=viewer(), at=now(), cover=cover,
                **choices(form),  # type: ignore[arg-type]
            )  # fmt: skip
    except Invalid as error:
        return sheet(form, error=error), 422
    words = f"{user.name} is away from {on_day(absence.from_on)} to {on_day(absence.to_on)}."
    undo = Undo(url_for("absences.end", absence_id=absence.id))
    return done(words, then=url_for("absences.index"), undo=undo)


@bp.delete("/<uuid:absence_id>")
def end(absence_id: UUID) -> Response:
    with transaction():
        began = absences.end(reads.absence_for(viewer(), absence_id), by=viewer(), at=now())
    words = "Back: the work follows in a moment." if began else "The leave is taken back."
    return done(words, then=url_for("absences.index"))


def people(form: Mapping[str, str]) -> tuple[User, User | None]:
    """Whose leave, and who covers. A navigator enters their own."""
    wanted, cover = form.get("user_id") or str(viewer().id), form.get("cover_id", "")
    try:
        user = access.user_for(viewer(), wanted)
        covering = access.user_for(viewer(), cover) if cover else None
    except NotFound:
        raise Invalid("Choose somebody of this practice.", field="cover_id") from None
    absences.check_may(user, viewer())
    return user, covering


def read(form: Mapping[str, str], user: User, cover: User | None) -> Absence:
    return absences.draft(
        user, day(form, "from_on"), day(form, "to_on"), by=viewer(), at=now(), cover=cover,
        **choices(form),  # type: ignore[arg-type]
    )  # fmt: skip


def choices(form: Mapping[str, str]) -> dict[str, object]:
    handing, back = form.get("handing", Handing.AS_NEEDED), form.get("on_return", OnReturn.BACK)
    minutes = form.get("pool_after_minutes", "60").strip() or "60"
    if handing not in Handing.__members__.values():
        raise Invalid("Choose what goes over.", field="handing")
    if back not in OnReturn.__members__.values():
        raise Invalid("Choose what happens afterwards.", field="on_return")
    if not minutes.isascii() or not minutes.isdecimal() or len(minutes) > 4:
        raise Invalid("Minutes are a whole number.", field="pool_after_minutes")
    return {
        "handing": Handing(handing),
        "on_return": OnReturn(back),
        "pool_after_minutes": int(minutes),
    }


def day(form: Mapping[str, str], field: str) -> date:
    try:
        return date.fromisoformat(form.get(field, ""))
    except ValueError:
        raise Invalid("Choose the day.", field=field) from None
