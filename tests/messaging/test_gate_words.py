"""What a navigator reads about a verdict, in English and Spanish."""

from datetime import UTC, datetime

import pytest

from messaging.gate import Decision, Reason, Verdict, explain
from messaging.gate_words import clock_readings, rule_of

pytestmark = pytest.mark.pure

EIGHT = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)  # 08:00 in Portland, a Wednesday


def verdict(decision: Decision, reason: Reason, until: datetime | None = None) -> Verdict:
    return Verdict(decision, reason, until, rule_of(reason), "", "America/Los_Angeles")


def test_it_says_until_when_a_text_waits_and_why() -> None:
    waits = verdict(Decision.WAIT, Reason.QUIET_HOURS, EIGHT)
    english, spanish = explain(waits), explain(waits, "es")
    assert english.startswith("Waits until Wednesday, March 4 at 8:00 AM PST: Texts leave only")
    assert spanish.startswith("Espera hasta el miércoles 4 de marzo a las 08:00 PST: Los textos")


def test_it_promises_no_hour_while_sending_is_off() -> None:
    waits = verdict(Decision.WAIT, Reason.SENDING_OFF, EIGHT)
    assert explain(waits) == "Waits: Sending is switched off for this practice."
    assert explain(waits, "es").startswith("Espera: ")


def test_it_says_noon_and_midnight_as_people_do() -> None:
    noon = verdict(Decision.WAIT, Reason.NOT_YET, datetime(2026, 3, 4, 20, 0, tzinfo=UTC))
    midnight = verdict(Decision.WAIT, Reason.NOT_YET, datetime(2026, 3, 4, 8, 5, tzinfo=UTC))
    assert "12:00 PM" in explain(noon)
    assert "12:05 AM" in explain(midnight)


def test_it_says_why_a_text_is_not_sent() -> None:
    withheld = verdict(Decision.WITHHELD, Reason.OPTED_OUT)
    assert explain(withheld).startswith("Not sent: This number has opted out")
    assert explain(withheld, "es").startswith("No se envía: Este número ya no acepta")


def test_it_says_when_nothing_is_in_the_way() -> None:
    allowed = verdict(Decision.ALLOWED, Reason.OK)
    assert (explain(allowed), explain(allowed, "es")) == ("It may leave now.", "Puede salir ahora.")


@pytest.mark.parametrize("reason", list(Reason))
def test_it_has_a_sentence_for_every_reason_in_both_languages(reason: Reason) -> None:
    english, spanish = rule_of(reason), rule_of(reason, "es")
    assert english != spanish
    for sentence in (english, spanish):
        assert sentence.endswith(".")
        assert len(sentence) < 80


def test_it_falls_back_to_english_for_a_language_it_does_not_speak() -> None:
    assert explain(verdict(Decision.ALLOWED, Reason.OK), "fr") == "It may leave now."


def test_it_reads_the_clock_once_where_all_zones_agree() -> None:
    same = clock_readings(EIGHT, ("America/Los_Angeles", "America/Vancouver"))
    assert same == "2026-03-04 08:00 (America/Los_Angeles)"
    two = clock_readings(EIGHT, ("America/Los_Angeles", "America/New_York"))
    assert two == "2026-03-04 08:00 (America/Los_Angeles) … 2026-03-04 11:00 (America/New_York)"
