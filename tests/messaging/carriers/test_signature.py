"""Signatures: the SDK's own validator is the oracle, for what is right and for what is wrong."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from messaging.carriers.signature import public_url, sign, verify
from tests.carrier.signing import signature_of

pytestmark = pytest.mark.pure

TOKEN = "0123456789abcdef0123456789abcdef"
URL = "https://touchline.example.org/webhooks/twilio/messages"
FORM = {
    "MessageSid": f"SM{'a' * 32}",
    "AccountSid": f"AC{'b' * 32}",
    "From": "+15035550123",
    "To": "+15035550100",
    "Body": "Sí 👍 gracias",
    "NumMedia": "0",
    "FromCity": "",
}

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
forms = st.dictionaries(text.filter(bool), text, max_size=12)
tokens = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=40)
paths = st.sampled_from(["/", "/webhooks/twilio/messages", "/a%20b/%E2%9C%93", "/sí", "/a//b;c=d"])
queries = st.sampled_from(
    ["", "a=1", "next=%2Fboard%3Fx%3D1", "q=%E2%9C%93+ok", "q=sí 👍", "a=1&a=2", "x=a:b@c/d"]
)
hosts = st.sampled_from(["h.example.org", "127.0.0.1", "localhost"])
ports = st.sampled_from(["", ":443", ":80", ":8000", ":65535"])


@st.composite
def urls(draw: st.DrawFn) -> str:
    base = f"{draw(st.sampled_from(['https', 'http']))}://{draw(hosts)}{draw(ports)}"
    return public_url(base, draw(paths), draw(queries))


@given(url=urls(), form=forms, token=tokens)
def test_it_signs_as_the_sdk_does(url: str, form: dict[str, str], token: str) -> None:
    expected = RequestValidator(token).compute_signature(url, form)
    assert sign(url, form.items(), token) == expected
    assert signature_of(url, form, token) == expected


@given(url=urls(), form=forms, token=tokens)
def test_it_signs_with_sha256_as_the_sdk_does(url: str, form: dict[str, str], token: str) -> None:
    expected = RequestValidator(token).compute_signature(url, form, "HMAC_SHA256")
    assert sign(url, form.items(), token, algorithm="HMAC_SHA256") == expected


@given(called=urls(), configured=urls(), form=forms, token=tokens)
def test_it_accepts_exactly_what_the_sdk_accepts(
    called: str, configured: str, form: dict[str, str], token: str
) -> None:
    signature = RequestValidator(token).compute_signature(called, form)
    expected = RequestValidator(token).validate(configured, form, signature)
    given_form = form.items()
    assert verify(url=configured, params=given_form, token=token, signature=signature) is expected


@pytest.mark.parametrize("signed", ["", ":443"])
@pytest.mark.parametrize("configured", ["", ":443"])
def test_it_does_not_care_whether_the_port_was_signed(signed: str, configured: str) -> None:
    signature = signature_of(f"https://h.example.org{signed}/w?q=%2F", FORM, TOKEN)
    url = f"https://h.example.org{configured}/w?q=%2F"
    assert verify(url=url, params=FORM.items(), token=TOKEN, signature=signature)


def test_it_understands_an_address_in_brackets() -> None:
    for url in ("http://[::1]:8000/w", "http://[::1]/w"):
        signature = signature_of(url, FORM, TOKEN)
        assert verify(url=url, params=FORM.items(), token=TOKEN, signature=signature)


@given(form=forms, change=st.sampled_from(["token", "url", "value", "key", "extra", "cut", "case"]))
def test_it_refuses_any_change(form: dict[str, str], change: str) -> None:
    form = FORM | form
    good = signature_of(URL, form, TOKEN)
    assert verify(url=URL, params=form.items(), token=TOKEN, signature=good)
    url, token, signature = URL, TOKEN, good
    if change == "token":
        token = TOKEN[::-1]
    elif change == "url":
        url = URL + "/"
    elif change == "value":
        form = form | {"Body": form["Body"] + "!"}
    elif change == "key":
        form = {("Bodi" if key == "Body" else key): value for key, value in form.items()}
    elif change == "extra":
        form = form | {"Zzz": "1"}
        assume(form != FORM)
    elif change == "cut":
        signature = good[:-2]
    else:
        signature = good.swapcase()
    assert not verify(url=url, params=form.items(), token=token, signature=signature)


def test_it_refuses_a_repeated_key_even_when_its_values_are_equal() -> None:
    signature = signature_of(URL, {"Body": "a"}, TOKEN)
    assert verify(url=URL, params=[("Body", "a")], token=TOKEN, signature=signature)
    twice = [("Body", "a"), ("Body", "a")]
    assert not verify(url=URL, params=twice, token=TOKEN, signature=signature)


@pytest.mark.parametrize("signature", [None, "", "ñ", "\ud800", "=" * 28, "a" * 10_000, "\0"])
def test_it_says_no_to_a_signature_that_is_none(signature: str | None) -> None:
    assert not verify(url=URL, params=FORM.items(), token=TOKEN, signature=signature)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "touchline.example.org/w",
        "https://",
        "https://:443/w",
        "https://h.example.org:port/w",
        "https://h.example.org:99999/w",
        "https://h.example.org:-1/w",
        "https://h.example.org:٣/w",
        "https://[::1/w:x",
    ],
)
def test_it_says_no_to_a_malformed_url_and_never_raises(url: str) -> None:
    signature = signature_of(url, FORM, TOKEN)
    assert not verify(url=url, params=FORM.items(), token=TOKEN, signature=signature)


def test_it_says_no_without_a_token_whatever_was_signed() -> None:
    signature = signature_of(URL, FORM, "")
    assert not verify(url=URL, params=FORM.items(), token="", signature=signature)


def test_it_says_no_to_an_unknown_algorithm() -> None:
    good = signature_of(URL, FORM, TOKEN)
    accepted = [
        algorithm
        for algorithm in ("HMAC_SHA1", "HMAC_SHA256", "HMAC_MD5", "")
        if verify(url=URL, params=FORM.items(), token=TOKEN, signature=good, algorithm=algorithm)
    ]
    assert accepted == ["HMAC_SHA1"]


@given(pairs=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5))
def test_it_never_raises_whatever_the_form_holds(pairs: list[tuple[str, str]]) -> None:
    assert not verify(url=URL, params=pairs, token=TOKEN, signature="c2lnbmF0dXJl")
    assert not verify(url=URL, params=[("a", "\ud800")], token=TOKEN, signature="c2lnbmF0dXJl")


@pytest.mark.parametrize(
    ("base", "path", "query", "url"),
    [
        ("https://h.example.org", "/w", "", "https://h.example.org/w"),
        ("https://h.example.org/", "/w", "a=%2F", "https://h.example.org/w?a=%2F"),
        ("https://h.example.org:8443", "/a%20b", "", "https://h.example.org:8443/a%20b"),
        ("http://localhost:8000/in", "/w", "b=1&a=2", "http://localhost:8000/in/w?b=1&a=2"),
    ],
)
def test_it_builds_the_public_url_without_touching_a_byte(
    base: str, path: str, query: str, url: str
) -> None:
    assert public_url(base, path, query) == url
