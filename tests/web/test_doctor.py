"""The doctor's page: each check apart, its bad side named with what to do, and what is put right from there.
The carrier is the stand-in; another practice's numbers are nobody's business."""

import html
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.doctor import machine
from app.core.db import db, transaction
from app.models.event import Event
from app.models.practice import Practice
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.mail.stand_in import MailStandIn
from tests.world import LINE, PASSWORD, World, look_again

HOME = "https://touch.example.org"
TEXTS, CALLS = f"{HOME}/webhooks/twilio/messages", f"{HOME}/webhooks/twilio/voice"
WELL = {"number": LINE, "sms_url": TEXTS, "voice_url": CALLS, "campaigns": ["VERIFIED"]}


@pytest.fixture(scope="module")
def carrier() -> Iterator[StandIn]:
    with StandIn() as started:
        yield started


def current_key_file(desk: "Desk") -> str:
    settings = desk.client.application.extensions["touchline.settings"]
    return str(settings.ledger_key_file)


def desk_of(desk: "Desk", carrier: StandIn) -> str:
    """What is shown when the account does not own the number."""
    carrier.configure(number=None)
    return desk.look("lines")


class Desk:
    """Adam, signed in where settings are as the test wants them."""

    def __init__(self, app: Flask) -> None:
        app.config["WTF_CSRF_ENABLED"] = False
        self.client: FlaskClient = app.test_client()
        self.post("/sign-in", email="adam@harbor.example.org", password=PASSWORD)

    def post(self, path: str, **data: str) -> int:
        return self.client.post(path, base_url=HOME, data=data).status_code

    def look(self, check: str) -> str:
        answer = self.client.get(f"/settings/doctor/{check}", base_url=HOME)
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def desk(world: World, make_app: Callable[..., Flask]) -> Callable[..., Desk]:
    return lambda **settings: Desk(make_app(public_url=HOME, **settings))


@pytest.fixture
def at_twilio(desk: Callable[..., Desk], carrier: StandIn) -> Desk:
    carrier.clear_faults()
    carrier.configure(number=WELL)
    return desk(
        carrier="twilio", twilio_api_url=carrier.base_url, twilio_account_sid=carrier.account_sid,
        twilio_auth_token=carrier.auth_token,
    )  # fmt: skip


def test_a_line_the_carrier_knows_well_is_well(at_twilio: Desk, world: World) -> None:
    shown = at_twilio.look("lines")
    assert shown.count("finding-ok") == 6
    assert "finding-bad" not in shown
    assert "finding-warn" not in shown
    assert "practice other" not in shown


WRONG: list[tuple[dict[str, object], str, bool]] = [
    ({"sms_url": "https://old.example.org"}, "the carrier calls https://old.example.org", True),
    ({"sms_url": ""}, "the carrier calls nobody", True),
    ({"sms_method": "GET"}, "the carrier calls by GET", True),
    ({"sms_application_sid": "AP1"}, "an application answers it", True),
    ({"inbound_url": "https://old.example.org"}, "its messaging service sends texts elsewhere", True),
    ({"can_sms": False}, "the number cannot text", False),
    ({"campaigns": ["FAILED"]}, "its campaign is failed", False),
    ({"campaigns": []}, "its campaign is missing", False),
]  # fmt: skip


def test_what_is_wrong_at_the_carrier_is_named(at_twilio: Desk, carrier: StandIn) -> None:
    for record, said, has_address in WRONG:
        carrier.configure(number=WELL | record)
        found = at_twilio.look("lines").split("<li ")
        (bad,) = [each for each in found if "finding-bad" in each]
        assert said in bad
        assert (TEXTS in bad) is has_address, said


def test_what_is_only_on_its_way_is_warned_of(at_twilio: Desk, carrier: StandIn) -> None:
    carrier.configure(
        number=WELL | {"campaigns": ["IN_PROGRESS"], "voice_url": "https://old.example.org"}
    )
    shown = at_twilio.look("lines")
    assert (shown.count("finding-warn"), shown.count("finding-bad")) == (2, 0)
    assert "its campaign is in progress" in shown
    assert CALLS in shown


def test_a_number_in_no_service_or_no_account_is_named(at_twilio: Desk, carrier: StandIn) -> None:
    carrier.configure(number={k: v for k, v in WELL.items() if k != "campaigns"})
    assert "in no messaging service" in at_twilio.look("lines")
    gone = desk_of(at_twilio, carrier)
    assert "this account does not own it" in gone


def test_a_carrier_that_breaks_off_is_a_finding(at_twilio: Desk, carrier: StandIn) -> None:
    carrier.set_fault("drop_before_accept", target="numbers")
    shown = at_twilio.look("lines")
    assert "finding-bad" in shown
    assert "the carrier refused" in shown


def test_our_addresses_are_set_at_the_carrier_by_a_button(
    at_twilio: Desk, carrier: StandIn, world: World
) -> None:
    carrier.configure(number=WELL | {"sms_url": "https://old.example.org/sms", "voice_url": ""})
    path = f"/settings/doctor/lines/{world.line.id}/addresses"
    assert path in at_twilio.look("lines")
    assert at_twilio.post(path) == 303
    assert "finding-bad" not in at_twilio.look("lines")
    look_again()
    kinds = db.session.scalars(select(Event.kind).where(Event.subject_id == world.line.id)).all()
    assert "line.pointed_here" in kinds
    assert at_twilio.post(f"/settings/doctor/lines/{world.other_line.id}/addresses") == 404


def test_it_says_when_nothing_answers_at_our_address(desk: Callable[..., Desk]) -> None:
    settings = {"carrier": "twilio", "twilio_api_url": "http://127.0.0.1:9"}
    shown = desk(**settings).look("reach")
    assert "finding-bad" in shown
    assert "does not answer" in shown
    assert "finding-bad" in desk(**settings).look("lines")


def test_it_knocks_at_the_mail_server_and_sends_a_test(desk: Callable[..., Desk]) -> None:
    assert "no mail server" in desk().look("mail")
    assert desk().post("/settings/doctor/mail") == 409
    with MailStandIn() as mail:
        well = desk(smtp_url=mail.url, mail_from="care@example.org")
        assert "takes us in" in well.look("mail")
        assert mail.taken == []
        assert well.post("/settings/doctor/mail") == 303
        assert mail.taken[0].to == ["adam@harbor.example.org"]
    gone = desk(smtp_url=mail.url, mail_from="care@example.org")
    assert "does not take us in" in gone.look("mail")
    assert gone.post("/settings/doctor/mail") == 409


def test_it_misses_redis_and_a_worker_and_sees_a_clock_that_is_off(
    desk: Callable[..., Desk], clock: Clock
) -> None:
    shown = desk(redis_url="redis://127.0.0.1:9/0").look("redis")
    assert "does not answer" in shown
    assert "python -m workers" in desk().look("worker")
    assert "NTP" in desk().look("clock")  # the test's clock stands still, long ago


def test_it_looks_for_the_last_backup(
    desk: Callable[..., Desk], tmp_path: Path, clock: Clock
) -> None:
    assert "nobody says where" in desk().look("backup")
    assert "there is none" in desk(backup_dir=str(tmp_path)).look("backup")
    for age, level in ((timedelta(hours=40), "bad"), (timedelta(hours=20), "ok")):
        folder = tmp_path / f"touchline-{clock.now - age:%Y%m%dT%H%M%SZ}"
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
        assert f"finding-{level}" in desk(backup_dir=str(tmp_path)).look("backup")
    shown = desk(backup_dir=str(tmp_path / "gone")).look("disk")
    assert "is not there" in shown


def test_a_check_that_breaks_is_a_finding(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_folder: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(machine, "newest_backup", broken)
    shown = desk(backup_dir=str(tmp_path)).look("backup")
    assert "finding-bad" in shown
    assert "this check itself broke (PermissionError)" in shown


def test_it_looks_whether_shared_folders_are_open_to_us(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone")
    shown = html.unescape(desk(work_folder=gone, ledger_checkpoints=gone).look("folders"))
    assert shown.count(f"{gone} can be written to") == 1  # the checkpoints' is made when needed
    assert f"{gone} cannot be written to" in shown
    assert "WORK_FOLDER to `make install` again" in shown


def test_it_sees_a_ledger_key_that_is_open_or_gone(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    missing = tmp_path / "keys.json"
    assert "names no file" in desk(ledger_key_file=str(missing)).look("ledger")
    well = desk()
    assert "finding-bad" not in well.look("ledger")
    assert "practice other" not in well.look("ledger")
    open_one = tmp_path / "open.json"
    open_one.write_text(Path(current_key_file(well)).read_text())
    open_one.chmod(0o644)
    assert "can be read by others" in desk(ledger_key_file=str(open_one)).look("ledger")


def test_an_agreement_is_noted_with_whom_and_when(desk: Callable[..., Desk], world: World) -> None:
    with transaction() as session:
        session.get_one(Practice, world.practice.id).is_invented = False
    adam = desk()
    assert "none is noted" in adam.look("agreement")
    assert adam.post("/settings/doctor/agreement", baa_with="Twilio Inc.", baa_on="soon") == 422
    assert (
        adam.post("/settings/doctor/agreement", baa_with="Twilio Inc.", baa_on="2026-01-05") == 303
    )
    assert "with Twilio Inc., 2026-01-05" in adam.look("agreement")
    look_again()
    event = db.session.scalars(select(Event).where(Event.kind == "practice.changed")).one()
    assert event.facts["after"] == {"baa_with": "Twilio Inc.", "baa_on": "2026-01-05"}


def test_the_page_asks_for_each_check_by_itself(desk: Callable[..., Desk]) -> None:
    adam = desk()
    page = adam.client.get("/settings/doctor", base_url=HOME).text
    names = [part.split('"')[0] for part in page.split('hx-get="/settings/doctor/')[1:]]
    assert len(names) == 15
    for name in names:
        if name not in ("reach", "lines"):
            assert f'id="check-{name}"' in adam.look(name)
    assert adam.client.get("/settings/doctor/nothing", base_url=HOME).status_code == 404
