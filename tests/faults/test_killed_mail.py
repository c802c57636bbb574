"""kill -9 while an e-mail leaves: it is never lost. One that died between the server's yes and our record
goes out once more under the same Message-ID, by which a mailbox knows it again."""

from email import message_from_bytes

import pytest
from flask import Flask, current_app

from app.actions import mail
from app.models.mail import MailStatus
from app.models.referral_letter import LetterState, ReferralLetter
from tests.conftest import Clock
from tests.faults.dying import die_when
from tests.faults.figures import Figure
from tests.mail.stand_in import MailStandIn
from tests.workers import test_mail
from tests.world import look_again
from workers import mail as sweep

letter, server = test_mail.letter, test_mail.server
#: Where it is killed, and how many e-mails the server has taken in the end.
MAIL = {"mail.claimed": 1, "mail.sent": 2}


@pytest.mark.parametrize("place", MAIL)
def test_it_sends_what_a_killed_worker_had_begun(
    letter: ReferralLetter, server: MailStandIn, clock: Clock, place: str, figure: Figure
) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    assert die_when(app, f"{place}:kill", sweep.send_due)
    look_again()
    clock.advance(seconds=mail.LEASE.total_seconds() + 1)
    assert sweep.send_due() == 1
    assert (test_mail.fresh().status, letter.state) == (MailStatus.SENT, LetterState.SENT)
    ids = {message_from_bytes(taken.content)["Message-ID"] for taken in server.taken}
    assert (len(server.taken), len(ids)) == (MAIL[place], 1)
    figure(f"e-mail killed at {place}", n=1, lost=0, doubled=len(server.taken) - 1)
