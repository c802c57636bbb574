"""Where a file may be fetched from: every trick that makes an address look like the carrier's is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.carriers.media_errors import WRONG_ADDRESS, MediaNotFetched, MediaRefused
from messaging.carriers.media_hosts import MediaHosts, read_url

pytestmark = pytest.mark.pure

ACCOUNT, MESSAGE = f"AC{'b2' * 16}", f"MM{'a1' * 16}"
URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/ME{'c3' * 16}"
TWILIO = MediaHosts("https://api.twilio.com")
STAND_IN = MediaHosts("http://127.0.0.1:9000")

NOT_OURS = [
    URL.replace("https", "http"), URL.replace("https:", "HTTPS:"), URL.replace("https:", "ftp:"),
    URL.replace("api.twilio.com", "api.twilio.com.example.org"),
    URL.replace("api.twilio.com", "API.TWILIO.COM"), URL.replace("api.twilio.com", "api.twilio.com."),
    URL.replace("api.twilio.com", "api.twilio.com:8443"), URL.replace("api.twilio.com", "api.twilio.com:443"),
    URL.replace("api.twilio.com", "evil.twilio.com"), URL.replace("api.twilio.com", "169.254.169.254"),
    URL.replace("https://", "https://api.twilio.com@"), URL.replace("https://", "https://u:p@"),
    URL.replace("api.twilio.com", "api.twilio.com\\@example.org"),
    URL.replace(ACCOUNT, f"AC{'d4' * 16}"), URL.replace(MESSAGE, f"MM{'e5' * 16}"),
    URL.replace("/Media/", "/Media/../../Media/"), URL + "?x=1", URL + "#x", URL + "\n", " " + URL,
    URL + ".json", URL[:-1], URL.replace("/Media/", "//Media/"), URL.replace("/Media/", "/Media%2f"),
    "http://169.254.169.254/latest/meta-data", "https://[::1]/", "file:///etc/passwd", "//x", "", "x",
]  # fmt: skip
NO_FILE_HOST = [
    "http://mms.twiliocdn.com/x", "https://mms.twiliocdn.com:8443/x", "https://mms.twiliocdn.com:80/x",
    "https://twiliocdn.com.example.org/x", "https://eviltwiliocdn.com/x", "https://twiliocdn.com/x",
    "https://mms.twiliocdn.com@example.org/x", "https://user:pw@mms.twiliocdn.com/x",
    "https://example.org/mms.twiliocdn.com", "https://example.org?.twiliocdn.com",
    "https://example.org#.twiliocdn.com", "https://example.org\\.twiliocdn.com/x",
    "https://example.org/\\@mms.twiliocdn.com", "https://mms.twiliocdn.com./x",
    "https://.twiliocdn.com/x", "https://-.twiliocdn.com/x", "https://a..twiliocdn.com/x",
    "https://mms。twiliocdn.com/x", "https://ｍms.twiliocdn.com/x", "https://mms%2etwiliocdn.com/x",
    "https://127.0.0.1/x", "https://127.1/x", "https://2130706433/x", "https://0x7f000001/x",
    "https://0177.0.0.1/x", "https://localhost/x", "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x", "https://[::ffff:127.0.0.1]/x", "https://[fe80::1%25eth0]/x",
    "https://10.0.0.1/x", "https://192.168.0.1/x", "https://172.16.0.1/x", "https://0.0.0.0/x",
    "https://metadata.google.internal/x", "https://api.twilio.com/x", "https://mms.twiliocdn.com:/x",
    "https:/mms.twiliocdn.com/x", "https:mms.twiliocdn.com/x", "//mms.twiliocdn.com/x", "/x",
    "https://mms.twiliocdn.com/a b", "https://mms.twiliocdn.com/\r\nX: y", "https://mms.twil\tiocdn.com/x",
    "https://mms.twiliocdn.com/\u202e", "https://mms.twiliocdn.com:99999/x", "gopher://mms.twiliocdn.com/x",
    "https://mms.twiliocdn.com:0/x", "javascript:alert(1)", "data:image/png;base64,AA==", "",
]  # fmt: skip
INSIDE = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "2002:7f00:1::1", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2001:db8::1",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("url", NOT_OURS)
def test_it_asks_the_api_for_files_of_this_very_message_only(url: str) -> None:
    for hosts in (TWILIO, STAND_IN):
        with pytest.raises(MediaRefused) as refused:
            hosts.first(ACCOUNT, MESSAGE, url)
        assert refused.value.reason == WRONG_ADDRESS


def test_it_asks_the_api_of_the_settings() -> None:
    target = TWILIO.first(ACCOUNT, MESSAGE, URL)
    assert (target.origin, target.authority) == (("https", "api.twilio.com", 443), "api.twilio.com")
    target = STAND_IN.first(ACCOUNT, MESSAGE, URL)
    assert (target.origin, target.authority) == (("http", "127.0.0.1", 9000), "127.0.0.1:9000")
    assert target.path.endswith(f"/Media/ME{'c3' * 16}")


@pytest.mark.parametrize(
    "base", ["http://api.twilio.com", "http://10.0.0.1:80", "http://[::1]:9000"]
)
def test_it_sends_no_credentials_in_the_clear(base: str) -> None:
    with pytest.raises(MediaNotFetched):
        MediaHosts(base).first(ACCOUNT, MESSAGE, URL)


@pytest.mark.parametrize("location", NO_FILE_HOST)
def test_it_follows_no_redirect_but_to_the_carriers_file_hosts(location: str) -> None:
    with pytest.raises(MediaRefused) as refused:
        TWILIO.following(location)
    assert refused.value.reason == WRONG_ADDRESS
    with pytest.raises(MediaRefused):
        STAND_IN.following(location)


@pytest.mark.parametrize(
    ("location", "host"),
    [("https://mms.twiliocdn.com/AC1/x?Policy=a%2Fb&Key-Pair-Id=K", "mms.twiliocdn.com"),
     ("https://media.twiliocdn.com:443/x", "media.twiliocdn.com"),
     ("https://MMS.TwilioCDN.com/x", "mms.twiliocdn.com"),
     ("https://a.b.twiliocdn.com?x", "a.b.twiliocdn.com")],
)  # fmt: skip
def test_it_follows_redirects_to_the_carriers_file_hosts(location: str, host: str) -> None:
    assert TWILIO.following(location).origin == ("https", host, 443)


def test_it_leaves_a_stand_in_for_no_other_port_of_this_machine() -> None:
    assert STAND_IN.following("http://127.0.0.1:9000/files/x").port == 9000
    for other in ("http://127.0.0.1:9001/x", "http://127.0.0.1/x", "https://127.0.0.1:9000/x",
                  "http://localhost:9000/x", "https://mms.twiliocdn.com/x"):  # fmt: skip
        with pytest.raises(MediaRefused):
            STAND_IN.following(other)


@pytest.mark.parametrize("address", INSIDE)
def test_it_connects_to_nothing_inside(address: str) -> None:
    with pytest.raises(MediaNotFetched):
        TWILIO.check_address(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_it_connects_to_the_world_and_a_stand_in_to_this_machine_only(address: str) -> None:
    TWILIO.check_address(address)
    STAND_IN.check_address("127.0.0.1")
    with pytest.raises(MediaNotFetched):
        STAND_IN.check_address(address)


@given(st.text(max_size=80), st.sampled_from(["", "https://", "https://mms.twiliocdn.com"]))
def test_it_reads_an_address_as_nobody_could_read_it_otherwise(words: str, start: str) -> None:
    try:
        target = read_url(start + words)
    except MediaRefused:
        return
    assert (start + words).isascii()
    assert set(target.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert not set(target.path) & set(' "#<>\\\r\n\t')
    assert 0 < target.port < 65536
