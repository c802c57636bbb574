"""Settings refuse to start half-configured, and say which one is wrong."""

import pytest
from cryptography.fernet import Fernet

from app.core.errors import ConfigError
from app.core.settings import read_settings

KEYS = {"SECRET_KEY": "s" * 32, "DATA_KEYS": Fernet.generate_key().decode()}
pytestmark = pytest.mark.pure


@pytest.mark.parametrize(("wrong", "named"), [
    ({"SECRET_KEY": "short"}, "SECRET_KEY"),
    ({"DATA_KEYS": "not-a-key"}, "DATA_KEYS"),
    ({"DATA_KEYS": " , "}, "DATA_KEYS"),
    ({"CARRIER": "pigeon"}, "CARRIER"),
    ({"CARRIER": "twilio", "TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_AUTH_TOKEN"),
    ({"PUBLIC_URL": "example.org"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://example.org/?a=1"}, "PUBLIC_URL"),
    ({"TWILIO_API_URL": "ftp://example.org"}, "TWILIO_API_URL"),
    ({"PORT": "eighty"}, "PORT"),
    ({"PORT": "70000"}, "PORT"),
    ({"PROXY_HOPS": "one"}, "PROXY_HOPS"),
    ({"PROXY_HOPS": "-1"}, "PROXY_HOPS"),
    ({"PROXY_HOPS": "6"}, "PROXY_HOPS"),
    ({"DATABASE_URL": "mysql://localhost/touchline"}, "DATABASE_URL"),
    ({"DATABASE_OWNER_URL": "oracle://localhost"}, "DATABASE_OWNER_URL"),
    ({"REDIS_URL": "localhost:6379"}, "REDIS_URL"),
    ({"FAILPOINT": "nowhere:kill"}, "FAILPOINT"),
    ({"FAILPOINT": "outbox.claimed:explode"}, "FAILPOINT"),
    ({"FAILPOINT": "outbox.claimed:kill:0"}, "FAILPOINT"),
    ({"FAILPOINT": "outbox.claimed:kill", "CARRIER": "twilio", "TWILIO_ACCOUNT_SID": "AC1",
      "TWILIO_AUTH_TOKEN": "t"}, "real carrier"),
])  # fmt: skip
def test_it_names_the_setting_that_is_wrong(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        read_settings(KEYS | wrong)


def test_it_takes_the_newest_key_first_and_keeps_the_older_ones() -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    assert read_settings(KEYS | {"DATA_KEYS": f"{new}, {old}"}).data_keys == (new, old)


def test_it_keeps_secrets_out_of_its_repr() -> None:
    shown = repr(read_settings(KEYS | {"TWILIO_AUTH_TOKEN": "tok-secret"}))
    assert "tok-secret" not in shown
    assert KEYS["SECRET_KEY"] not in shown


@pytest.mark.parametrize(("url", "origins"), [
    ("https://clinic.example.org/", ("https://clinic.example.org",)),
    ("http://localhost:8000", ("http://localhost:8000", "http://127.0.0.1:8000")),
    ("http://127.0.0.1:81", ("http://127.0.0.1:81", "http://localhost:81")),
])  # fmt: skip
def test_it_knows_this_machine_under_both_its_names(url: str, origins: tuple[str, ...]) -> None:
    assert read_settings(KEYS | {"PUBLIC_URL": url}).origins == origins
