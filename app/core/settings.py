"""Settings: one frozen object read from the environment, which refuses to start half-configured.
The names are the public contract (docs/operations.md lists them)."""

import os
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from app.core import failpoints
from app.core.errors import ConfigError
from messaging.mail import SCHEMES as MAIL_SCHEMES

ROOT = Path(__file__).resolve().parents[2]
#: Where files are kept. An installed release only links to it: a path kept in a row outlives the release.
VAR = (ROOT / "var").resolve()
DEMO_ENV = VAR / "demo.env"
LEDGER_KEYS, CHECKPOINTS = VAR / "ledger-keys.json", VAR / "checkpoints"
DATABASES = ("sqlite:///", "postgresql+psycopg://")
REDIS = ("redis://", "rediss://")
CARRIERS = ("sandbox", "twilio")
MOST_HOPS = 5
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the process needs to know from outside; secrets never appear in its repr."""

    database_url: str
    secret_key: str = field(repr=False)
    data_keys: tuple[str, ...] = field(repr=False)
    database_owner_url: str | None = field(default=None, repr=False)
    redis_url: str | None = None
    public_url: str = "http://localhost:8000"
    carrier: str = "sandbox"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    twilio_api_url: str = "https://api.twilio.com"
    #: smtp://user:password@host:port or smtps://…; absent: no e-mail, letters are printed.
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    #: A Maildir in which e-mails that came back lie; absent: nobody looks.
    mail_bounces: str | None = None
    #: Other systems leave their files here, each practice's in a folder of its slug; absent: nobody looks.
    work_folder: str | None = None
    port: int = 8000
    #: Proxies of ours in front, each adding one address to X-Forwarded-For; 0 believes no such header.
    proxy_hops: int = 0
    #: SEED=refuse: no invented people among real ones, whatever somebody types.
    may_seed: bool = True
    #: Where nightly backups lie; only looked at.
    backup_dir: str | None = None
    failpoint: str | None = None
    #: Outside the database: the keys that sign the ledger, and what they signed of it.
    ledger_key_file: str = str(LEDGER_KEYS)
    ledger_checkpoints: str = str(CHECKPOINTS)

    def __post_init__(self) -> None:
        if len(self.secret_key) < 32:
            raise ConfigError("SECRET_KEY needs at least 32 characters.")
        if not self.data_keys:
            raise ConfigError("DATA_KEYS needs at least one Fernet key.")
        for key in self.data_keys:
            check_fernet_key(key)
        if self.carrier not in CARRIERS:
            raise ConfigError(f"CARRIER must be one of {', '.join(CARRIERS)}.")
        has_half = bool(self.twilio_account_sid) is not bool(self.twilio_auth_token)
        if self.carrier == "twilio" and has_half:  # with neither, every line brings its own
            raise ConfigError("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN belong together.")
        self._check_stores()
        self._check_failpoint()
        self._check_mail()
        for name, url in (("PUBLIC_URL", self.public_url), ("TWILIO_API_URL", self.twilio_api_url)):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
                raise ConfigError(
                    f"{name} must be a plain http(s) address such as https://example.org."
                )

    def _check_stores(self) -> None:
        """Raise ConfigError for a database, a Redis or a port that nothing here can speak to."""
        owner = self.database_owner_url or self.database_url
        for name, url in (("DATABASE_URL", self.database_url), ("DATABASE_OWNER_URL", owner)):
            if not url.startswith(DATABASES):
                raise ConfigError(f"{name} must begin with {' or '.join(DATABASES)}.")
        if self.redis_url and not self.redis_url.startswith(REDIS):
            raise ConfigError(f"REDIS_URL must begin with {' or '.join(REDIS)}.")
        if not 0 < self.port < 65536:
            raise ConfigError("PORT must be a number from 1 to 65535.")
        if not 0 <= self.proxy_hops <= MOST_HOPS:
            raise ConfigError(f"PROXY_HOPS must be a number from 0 to {MOST_HOPS}.")

    def _check_mail(self) -> None:
        """Raise ConfigError for a mail server without a sender, or one nothing here can speak to."""
        if not self.smtp_url:
            return
        parts = urlsplit(self.smtp_url)
        if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
            raise ConfigError("SMTP_URL must be like smtp://user:password@mail.example.org:587.")
        if not self.mail_from or "@" not in self.mail_from:
            raise ConfigError("SMTP_URL needs MAIL_FROM, the address e-mails come from.")

    def _check_failpoint(self) -> None:
        """Raise ConfigError for one that makes no sense, or that could break texting with real people."""
        if not self.failpoint:
            return
        failpoints.read(self.failpoint)
        if self.carrier != "sandbox" and urlsplit(self.twilio_api_url).hostname not in LOOPBACK:
            raise ConfigError("FAILPOINT is for tests: never where a real carrier can be reached.")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def origins(self) -> tuple[str, ...]:
        """Where our pages may be open: PUBLIC_URL's origin; on this machine under both its names."""
        parts = urlsplit(self.public_url)
        own = f"{parts.scheme}://{parts.netloc}"
        if parts.hostname not in LOOPBACK:
            return (own,)
        port = f":{parts.port}" if parts.port else ""
        return (
            own,
            *(f"{parts.scheme}://{name}{port}" for name in LOOPBACK if name != parts.hostname),
        )

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def check_fernet_key(key: str) -> None:
    """Raise ConfigError unless `key` is 32 bytes in URL-safe base64."""
    try:
        ok = len(urlsafe_b64decode(key)) == 32
    except ValueError:
        ok = False
    if not ok:
        raise ConfigError("DATA_KEYS holds a key that is not 32 bytes of URL-safe base64.")


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines of the demo's own file; missing file = nothing."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in (p for p in pairs if len(p) == 2)}


def absolute_database_url(url: str) -> str:
    """SQLite paths are relative to the project's root, wherever the process was started."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or url.startswith("sqlite:////") or url == "sqlite:///:memory:":
        return url
    path = ROOT / url.removeprefix(prefix)
    path.parent.mkdir(parents=True, exist_ok=True)
    return f"{prefix}{path}"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; the demo's keys fill in only what the environment leaves out.

    Raises ConfigError with the name of the setting that is missing or odd.
    """
    real = dict(os.environ if environ is None else environ)
    env = ({} if real.get("SECRET_KEY") else read_env_file(DEMO_ENV)) | real
    if not env.get("SECRET_KEY") or not env.get("DATA_KEYS"):
        raise ConfigError(
            "SECRET_KEY and DATA_KEYS must be set (`make run` writes the demo's own)."
        )
    port = _number(env, "PORT", 8000)
    database_url = absolute_database_url(env.get("DATABASE_URL") or "sqlite:///var/touchline.db")
    return Settings(
        database_url=database_url,
        database_owner_url=absolute_database_url(env.get("DATABASE_OWNER_URL") or database_url),
        redis_url=env.get("REDIS_URL") or None,
        public_url=(env.get("PUBLIC_URL") or f"http://localhost:{port}").rstrip("/"),
        secret_key=env["SECRET_KEY"],
        data_keys=tuple(k.strip() for k in env["DATA_KEYS"].split(",") if k.strip()),
        carrier=env.get("CARRIER") or "sandbox",
        twilio_account_sid=env.get("TWILIO_ACCOUNT_SID") or None,
        twilio_auth_token=env.get("TWILIO_AUTH_TOKEN") or None,
        twilio_api_url=(env.get("TWILIO_API_URL") or "https://api.twilio.com").rstrip("/"),
        smtp_url=env.get("SMTP_URL") or None,
        mail_from=env.get("MAIL_FROM") or None,
        mail_bounces=env.get("MAIL_BOUNCES") or None,
        work_folder=str(ROOT / env["WORK_FOLDER"]) if env.get("WORK_FOLDER") else None,
        port=port,
        proxy_hops=_number(env, "PROXY_HOPS", 0),
        backup_dir=env.get("BACKUP_DIR") or None,
        may_seed=env.get("SEED") != "refuse",
        failpoint=env.get("FAILPOINT") or None,
        ledger_key_file=str(ROOT / (env.get("LEDGER_KEY_FILE") or LEDGER_KEYS)),
        ledger_checkpoints=str(ROOT / (env.get("LEDGER_CHECKPOINTS") or CHECKPOINTS)),
    )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name) or default)
    except ValueError:
        raise ConfigError(f"{name} must be a whole number.") from None


def current_settings() -> Settings:
    """The running app's settings."""
    found = current_app.extensions.get("touchline.settings")
    if not isinstance(found, Settings):
        raise ConfigError("No settings: the app was not built by app.factory.")
    return found
