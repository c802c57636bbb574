"""Forms of texts that come in: what is read, what is refused, what is held until the carrier confirms it."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from messaging.carriers.base import Attached, BadWebhook
from messaging.carriers.twilio_forms import parse_inbound, parse_status
from messaging.errors import MessagingError
from tests.carrier.inbound import inbound_form
from tests.carrier.messages import Message

pytestmark = pytest.mark.pure

SID, ACCOUNT = f"SM{'a1' * 16}", f"AC{'b2' * 16}"
LINE, PHONE = "+15035550100", "+15035550123"
MEDIA = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media/ME{'c3' * 16}"


def inbound(**changed: str | None) -> list[tuple[str, str]]:
    text = Message(ACCOUNT, PHONE, LINE, "Sí, llegó 👍", "inbound", "received", sid=SID)
    form: dict[str, str | None] = {**inbound_form(text), **changed}
    return [(key, value) for key, value in form.items() if value is not None]


def test_it_reads_a_text_that_came_in() -> None:
    incoming = parse_inbound(inbound())
    assert incoming.provider_id == SID
    assert incoming.account_sid == ACCOUNT
    assert (incoming.sender, incoming.recipient) == (PHONE, LINE)
    assert incoming.body == "Sí, llegó 👍"
    assert incoming.media == ()
    assert incoming.unknown_keys == ()


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "x" * 1700,
        "a\r\nb\tc",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "\u202eevil\u200b",
        "\0",
    ],
)
def test_it_keeps_a_body_as_it_came(body: str) -> None:
    assert parse_inbound(inbound(Body=body)).body == body


@pytest.mark.parametrize(
    "without", ["FromCity", "ToZip", "NumSegments", "ApiVersion", "SmsSid", "NumMedia", "SmsStatus"]
)
def test_it_does_without_what_it_does_not_act_on(without: str) -> None:
    assert parse_inbound(inbound(**{without: None})).unknown_keys == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"FromCity": "", "FromState": "", "FromZip": "", "FromCountry": ""},
        {"FromCity": "COEUR D'ALENE", "ToCity": "SAINT-JEAN-SUR-RICHELIEU"},
        {"FromCity": "Cañon City", "FromZip": "K1A 0B1", "FromCountry": "CA"},
        {"MessagingServiceSid": f"MG{'d4' * 16}"},
        {"OptOutType": "STOP"},
        {"From": "72975"},
        {"MessageSid": f"MM{'a' * 32}", "SmsSid": None, "SmsMessageSid": None},
    ],
)
def test_it_takes_what_the_carrier_really_sends(changed: dict[str, str | None]) -> None:
    assert parse_inbound(inbound(**changed)).unknown_keys == ()


@pytest.mark.parametrize("key", ["MessageSid", "AccountSid", "From", "To", "Body"])
def test_it_refuses_a_text_that_lacks_what_counts(key: str) -> None:
    with pytest.raises(BadWebhook) as caught:
        parse_inbound(inbound(**{key: None}))
    assert key in caught.value.person_text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MessageSid", "SM123"),
        ("MessageSid", f"SM{'g' * 32}"),
        ("MessageSid", f"{SID}\n"),
        ("MessageSid", f"CA{'a' * 32}"),
        ("SmsSid", f"SM{'0' * 32}"),
        ("SmsMessageSid", f"SM{'0' * 32}"),
        ("AccountSid", "AC"),
        ("AccountSid", ACCOUNT + "0"),
        ("From", ""),
        ("From", "15035550123x"),
        ("From", "+0035550123"),
        ("From", "+1503555012\u0663"),
        ("From", "whatsapp:+15035550123"),
        ("From", "+15035550123FromCityX"),
        ("To", "+1"),
        ("To", LINE + " "),
        ("NumMedia", "-1"),
        ("NumMedia", "1e1"),
        ("SmsStatus", "delivered"),
    ],
)
def test_it_refuses_a_value_that_is_not_in_shape_and_never_repeats_it(key: str, value: str) -> None:
    parse_inbound(inbound())  # else this test proves nothing
    with pytest.raises(BadWebhook) as caught:
        parse_inbound(inbound(**{key: value}))
    assert len(value) < 4 or value not in caught.value.person_text


@pytest.mark.parametrize("key", ["Body", "From", "MessageSid", "Unheard"])
def test_it_refuses_a_repeated_key(key: str) -> None:
    form = [*inbound(Unheard="x"), (key, dict(inbound(Unheard="x"))[key])]
    with pytest.raises(BadWebhook):
        parse_inbound(form)


@pytest.mark.parametrize(
    ("changed", "odd"),
    [
        ({"ChannelMetadata": "{}"}, ("ChannelMetadata",)),
        ({"ProfileName": "Ana", "WaId": "15035550123"}, ("ProfileName", "WaId")),
        ({"FromCity": "PORTLAND 97201"}, ("FromCity",)),
        ({"FromZip": "9720150FromCountryUS"}, ("FromZip",)),
        ({"ToCountry": "us"}, ("ToCountry",)),
        ({"ApiVersion": "2010-04-01Body"}, ("ApiVersion",)),
        ({"NumMedia": "1"}, ("NumMedia",)),
        ({"zz\nforged log line": "x", "zz\r2": "y"}, ("?",)),
        ({"k" * 65: "x"}, ("?",)),
    ],
)
def test_it_names_what_it_cannot_vouch_for_and_still_reads_the_text(
    changed: dict[str, str], odd: tuple[str, ...]
) -> None:
    incoming = parse_inbound(inbound(**changed))
    assert incoming.unknown_keys == odd
    assert incoming.body == "Sí, llegó 👍"


def test_it_lists_pictures() -> None:
    second = MEDIA.replace("MEc3", "MEd4")
    incoming = parse_inbound(
        inbound(
            NumMedia="2",
            MediaUrl0=MEDIA,
            MediaContentType0="image/jpeg",
            MediaUrl1=second,
            MediaContentType1="image/svg+xml",
        )
    )
    assert incoming.media == (Attached(MEDIA, "image/jpeg"), Attached(second, "image/svg+xml"))
    assert incoming.unknown_keys == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        MEDIA.replace("https", "http"),
        MEDIA.replace("api.twilio.com", "api.twilio.com.example.org"),
        MEDIA.replace("https://", "https://api.twilio.com@"),
        MEDIA + "/../../x",
        MEDIA + "?x=1",
        "",
    ],
)
def test_it_drops_a_picture_from_anywhere_else_and_keeps_the_text(url: str) -> None:
    incoming = parse_inbound(inbound(NumMedia="1", MediaUrl0=url))
    assert incoming.media == ()
    assert "MediaUrl0" in incoming.unknown_keys
    assert incoming.body


def test_it_refuses_a_form_that_is_too_large() -> None:
    with pytest.raises(BadWebhook):
        parse_inbound(inbound(**{f"k{n}": "x" for n in range(200)}))
    with pytest.raises(BadWebhook):
        parse_inbound(inbound(Body="x" * 70_000))


@given(cut=st.integers(0, 400), shift=st.integers(-6, 6))
def test_it_does_not_act_on_a_form_cut_anew(cut: int, shift: int) -> None:
    """Move one border between a key and a value, as whoever captured a request could."""
    pieces = [piece for pair in sorted(inbound()) for piece in pair]
    index = 1 + cut % (len(pieces) - 1)
    joined = pieces[index - 1] + pieces[index]
    at = len(pieces[index - 1]) + shift
    assume(shift != 0)
    assume(0 <= at <= len(joined))
    pieces[index - 1 : index + 1] = [joined[:at], joined[at:]]
    form = list(zip(pieces[::2], pieces[1::2], strict=True))
    try:
        incoming = parse_inbound(form)
    except BadWebhook:
        return
    same = parse_inbound(inbound())
    acted_on = (incoming.provider_id, incoming.sender, incoming.recipient, incoming.body)
    assert incoming.unknown_keys or acted_on == (SID, PHONE, LINE, same.body)


@given(
    form=st.lists(
        st.tuples(
            st.sampled_from(
                ["MessageSid", "AccountSid", "From", "To", "Body", "NumMedia", "ErrorCode"]
            )
            | st.text(max_size=8),
            st.sampled_from([SID, ACCOUNT, PHONE, LINE, "0", "received"]) | st.text(max_size=8),
        ),
        max_size=12,
    )
)
def test_it_never_fails_but_in_its_own_words(form: list[tuple[str, str]]) -> None:
    for parse in (parse_inbound, parse_status):
        with suppress(MessagingError):
            assert parse(form).provider_id == SID
