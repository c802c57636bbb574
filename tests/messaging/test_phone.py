"""Phone numbers as people type them, and what is refused with a reason that helps."""

import string

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import phone
from messaging.errors import BadNumber
from messaging.zones import zone_named

pytestmark = pytest.mark.pure

WRITTEN = [
    "+15035550123",
    "15035550123",
    "5035550123",
    "503-555-0123",
    "503.555.0123",
    "503/555-0123",
    "(503) 555-0123",
    " (503)555 0123 ",
    "+1 (503) 555-0123",
    "(+1) 503 555 0123",
    "1-503-555-0123",
    "503\u2011555\u20110123",  # hyphens that do not break
    "503–555–0123",
    "\u202a503-555-0123\u202c",  # pasted from a contact card, with direction marks
    "５０３－５５５－０１２３",
    "503\u00a0555\u00a00123",
    "٥٠٣٥٥٥٠١٢٣",
]
REFUSED = {
    "": "Type a phone number",
    "   ": "Type a phone number",
    "\u200b": "Type a phone number",
    "call me": "without letters",
    "503-CALL-NOW": "without letters",
    "503-555-0123 x5": "without letters",
    "+15035550123;ext=5": "without letters",
    "1.5035550123E+10": "without letters",
    "503+5550123": "without letters",
    "911": "Short numbers",
    "12345": "Short numbers",
    "741741": "Short numbers",
    "555-0123": "area code is missing",
    "503-555-012": "does not exist",
    "503-555-01234": "does not exist",
    "503-555-0123 / 503-555-0124": "phone number",
    "15035550123.0": "does not exist",  # a spreadsheet made it a decimal
    "(055) 555-0123": "does not exist",
    "(911) 555-0123": "does not exist",
    "(999) 555-0123": "does not exist",
    "(555) 555-0123": "does not exist",
    "(503) 155-0123": "does not exist",
    "+999 1234 5678": "phone number",
    "+44 20 7946": "does not exist",
    "1" * 500: "without letters",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_it_reads_a_number_however_it_is_written(text: str) -> None:
    assert phone.parse(text) == "+15035550123"


@pytest.mark.parametrize("text", REFUSED)
def test_it_refuses_with_a_reason(text: str) -> None:
    with pytest.raises(BadNumber) as refused:
        phone.parse(text)
    assert REFUSED[text] in refused.value.person_text
    assert "555-0123" in refused.value.person_text  # what a good one looks like


@pytest.mark.parametrize(
    "area", ["212", "312", "415", "604", "416", "514", "787", "907", "808", "983", "800"]
)
def test_it_lets_invented_people_have_a_phone_in_every_real_area(area: str) -> None:
    assert phone.parse(f"({area}) 555-0123") == f"+1{area}5550123"


@pytest.mark.parametrize(
    ("text", "region", "e164", "shown"),
    [
        ("55 1234 5678", "MX", "+525512345678", "+52 55 1234 5678"),
        ("+44 20 7946 0123", "US", "+442079460123", "+44 20 7946 0123"),
        ("604 555 0101", "CA", "+16045550101", "(604) 555-0101"),
        ("011 44 20 7946 0123", "US", "+442079460123", "+44 20 7946 0123"),
    ],
)
def test_it_reads_numbers_of_other_countries(text: str, region: str, e164: str, shown: str) -> None:
    assert phone.parse(text, region=region) == e164
    assert phone.show(e164) == shown


def test_it_shows_and_masks_a_number() -> None:
    assert phone.show("+15035550123") == "(503) 555-0123"
    assert phone.mask("+15035550123") == "••• ••• 0123"


@pytest.mark.parametrize("stored", ["12345", "PHARMACY", "", "+", "+0123456789", "+999123456789"])
def test_it_shows_what_is_no_full_number_unchanged(stored: str) -> None:
    assert phone.show(stored) == stored
    assert phone.zones_of(stored) == ()
    assert phone.mask("12345") == "••• ••• ••••"


@pytest.mark.parametrize(
    ("e164", "zones"),
    [
        ("+15035550123", ("America/Los_Angeles",)),
        ("+12125550123", ("America/New_York",)),
        ("+18085550123", ("Pacific/Honolulu",)),
        ("+15555550123", ()),
    ],
)
def test_it_knows_the_zones_a_number_may_be_in(e164: str, zones: tuple[str, ...]) -> None:
    assert phone.zones_of(e164) == zones


def test_it_names_only_zones_that_quiet_hours_know() -> None:
    toll_free = phone.zones_of("+18005550199")
    assert len(toll_free) > 10
    assert all(zone_named(zone) for zone in toll_free)


subscribers = st.from_regex(r"[2-9][0-8][2-9][2-9][02-9][0-9]{5}", fullmatch=True).filter(
    lambda digits: digits[:2] not in ("37", "96") and digits[:3] != "555"
)
separators = st.sampled_from(["", " ", "-", ".", "  "])


@given(subscribers, separators, separators, st.sampled_from(["", "+1", "1", "+1 ", "1-"]))
def test_it_reads_any_punctuation_the_same(digits: str, one: str, two: str, prefix: str) -> None:
    written = f"{prefix}{digits[:3]}{one}{digits[3:6]}{two}{digits[6:]}"
    e164 = phone.parse(written)
    assert e164 == f"+1{digits}"
    assert phone.parse(phone.show(e164)) == e164


@given(st.text(max_size=60) | st.text(string.digits + "+-() .", max_size=30))
def test_it_answers_any_text_with_a_number_or_a_reason(text: str) -> None:
    try:
        e164 = phone.parse(text)
    except BadNumber:
        return
    assert phone.parse(e164) == e164
    assert phonenumbers.is_possible_number(phonenumbers.parse(e164, None))


@given(st.text(max_size=40) | st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_it_never_shows_more_than_four_digits_through_the_mask(stored: str) -> None:
    assert sum(char.isdecimal() for char in phone.mask(stored)) <= 4
    phone.show(stored)
    phone.zones_of(stored)
