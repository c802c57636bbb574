"""Field encryption and keyed digests. Ciphertexts carry a random IV, so they can't be looked up,
sorted or unique: what must be found again is stored as a keyed digest beside them."""

import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from app.core.errors import ConfigError, TouchlineError


class Undecryptable(TouchlineError):
    """A stored field could not be read with the keys in DATA_KEYS."""


class Keyring:
    """The process's keys: newest encrypts, all of them decrypt."""

    def __init__(self, data_keys: tuple[str, ...], secret_key: str) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in data_keys])
        self._digest_key = hashlib.sha256(b"touchline digest\0" + secret_key.encode()).digest()

    def encrypt(self, text: str) -> bytes:
        return self.encrypt_bytes(text.encode())

    def decrypt(self, token: bytes) -> str:
        return self.decrypt_bytes(token).decode()

    def encrypt_bytes(self, content: bytes) -> bytes:
        return self._fernet.encrypt(content)

    def decrypt_bytes(self, token: bytes) -> bytes:
        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            raise Undecryptable from None

    def digest(self, text: str) -> str:
        """HMAC-SHA256, hex: equal texts can be found again without storing them."""
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).hexdigest()


def keyring() -> Keyring:
    """The running app's keyring."""
    ring = current_app.extensions.get("touchline.keyring")
    if not isinstance(ring, Keyring):
        raise ConfigError("No keyring: the app was not built by app.factory.")
    return ring


def digest(text: str) -> str:
    return keyring().digest(text)


def new_secret(bits: int = 256) -> str:
    """A URL-safe random secret; only its digest is ever stored."""
    return secrets.token_urlsafe(bits // 8)


class EncryptedText(TypeDecorator[str]):
    """Text at rest under MultiFernet."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring().encrypt(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else keyring().decrypt(bytes(value))


class EncryptedBytes(TypeDecorator[bytes]):
    """A file at rest under MultiFernet; a third larger than it is."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring().encrypt_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else keyring().decrypt_bytes(bytes(value))
