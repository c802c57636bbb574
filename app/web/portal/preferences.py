"""What the patient decides (language, channel, time of day, texts yes or no), and what is theirs to read and
take along: every contact recorded about them and their messages."""

from flask import Flask, Response, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from app.actions import consent_state, portal_preferences
from app.actions.message_route import best_number
from app.core.db import transaction
from app.exports import patient_copy
from app.queries import portal
from app.web import locale
from app.web.answers import done
from app.web.moment import now
from app.web.portal import session
from app.web.portal.display import language
from messaging.languages import LANGUAGES

bp = session.patient_blueprint("portal_preferences", __name__)
#: Shown on the page; the download holds everything.
SHOWN = 100


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/portal/my/preferences")
def page() -> str:
    me = session.signed_in()
    number = best_number(me.patient)
    state, _ = consent_state.current(me.patient, number)
    asks = {
        agree: portal_preferences.wording(me.practice, number, language(), agree=agree)
        for agree in (True, False)
    }
    return render_template(
        "portal/preferences.html", me=me, number=number, texts=state, wording=asks,
        is_stopped=number is not None and number.opted_out_at is not None,
        times=portal_preferences.TIMES, languages=languages(),
    )  # fmt: skip


def languages() -> dict[str, str]:
    """What texts may be in, as its readers call it. These pages speak the first two."""
    return {tag: LANGUAGES[tag].own for tag in session.signed_in().practice.all_languages}


@bp.post("/portal/my/preferences")
def update() -> AnyResponse:
    with transaction():
        patient = session.myself()
        portal_preferences.change(
            patient,
            language=request.form.get("language", ""),
            channel=request.form.get("channel", ""),
            best_time=request.form.get("best_time", ""),
            by=session.viewer().actor,
            at=now(),
        )
        chosen = patient.language
    locale.choose(None)
    locale.suggest(chosen)
    return done(gettext("Saved."), then=url_for("portal_preferences.page"))


@bp.post("/portal/my/texts")
def create_consent() -> AnyResponse:
    """Texts yes or no; the words beside the button are kept with the decision."""
    agree = request.form.get("decision") == "yes"
    with transaction():
        portal_preferences.decide_texts(
            session.myself(), session.signed_in().practice, agree=agree, language=language(),
            by=session.viewer().actor, at=now(),
        )  # fmt: skip
    words = gettext("You will get our texts.") if agree else gettext("We will not text you.")
    return done(words, then=url_for("portal_preferences.page", _anchor="texts"))


@bp.get("/portal/my/contacts")
def contacts() -> str:
    """Every contact the practice recorded about this patient."""
    me = session.signed_in()
    return render_template(
        "portal/contacts.html", me=me, contacts=portal.contacts(me.viewer, limit=SHOWN)
    )


@bp.get("/portal/my/<any(messages, contacts):noun>.<any(csv, json):kind>")
def download(noun: str, kind: str) -> Response:
    """The patient's own copy, whole (45 CFR 164.524)."""
    me = session.signed_in()
    body, content_type = patient_copy.written(me.viewer, noun, kind)
    response = Response(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="touchline-{noun}.{kind}"'
    return response
