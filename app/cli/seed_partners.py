"""Invented community organizations at work: one was asked, with the person's yes, and has taken
her on; another has its link by text, and texts back."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import organization_answers, organization_asks, sharing
from app.cli.seed_player import Beat, Player
from app.core.db import db
from app.models.community_organization import CommunityOrganization, Need
from app.models.consent import ConsentHow
from app.models.event import Actor
from app.models.organization_ask import OrganizationAsk
from app.models.referral import Referral
from app.web.sharing_wording import share_words


def plan(player: Player, now: datetime) -> None:
    day = timedelta(days=1)
    player.plan(now - 3 * day, _ask(player, "dorothy", "Harbor Street Pantry", Need.FOOD))
    player.plan(now - 2.2 * day, _accept(player, "dorothy"))
    player.plan(now - 2 * day, _ask(player, "dorothy", "Green Line Rides", Need.TRANSPORTATION))
    player.plan(now - timedelta(hours=5), player.says(
        "+15035550194", "We have a driver on Tuesdays. Call dispatch for the time?"))  # fmt: skip


def _ask(player: Player, who: str, name: str, need: Need) -> Beat:
    def beat(at: datetime) -> None:
        patient, practice, by = (
            player.cast.patients[who],
            player.cast.practice,
            player.cast.by("ana"),
        )
        referral = db.session.scalars(
            select(Referral).where(
                Referral.practice_id == practice.id, Referral.patient_id == patient.id
            )
        ).one()
        organization = db.session.scalars(
            select(CommunityOrganization).where(
                CommunityOrganization.practice_id == practice.id, CommunityOrganization.name == name
            )
        ).one()
        words = share_words(patient.language, practice, organization)
        yes = sharing.agree(patient, ConsentHow.PHONE, words, patient.language, by=by, at=at)
        organization_asks.create(referral, organization, need, yes, by=by, at=at)

    return beat


def _accept(player: Player, who: str) -> Beat:
    def beat(at: datetime) -> None:
        patient = player.cast.patients[who]
        ask = db.session.scalars(
            select(OrganizationAsk).where(
                OrganizationAsk.practice_id == patient.practice_id,
                OrganizationAsk.patient_id == patient.id,
            )
        ).one()
        organization_answers.accept(ask, by=Actor("partner"), at=at)

    return beat
