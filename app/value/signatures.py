"""Ed25519 keys that sign what leaves the ledger, with the days each was in use, and signatures over RFC 8785
JSON. Plain values only; where the keys lie is the caller's to know."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key: `id` is the start of its public half's SHA-256; `until` None = in use."""

    id: str
    secret: bytes
    since: str
    until: str | None = None

    @property
    def public(self) -> str:
        made = Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        return b64encode(made).decode()

    def as_public(self) -> dict[str, Any]:
        return {"id": self.id, "public": self.public, "from": self.since, "to": self.until}


@dataclass(frozen=True, slots=True)
class Ring:
    """Every key that ever signed, oldest first; the last one signs."""

    keys: tuple[Key, ...]

    def public(self) -> list[dict[str, Any]]:
        return [key.as_public() for key in self.keys]

    def sign(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """`said` with the id of the key and the signature over both."""
        key = self.keys[-1]
        whole = {**said, "key": key.id}
        made = Ed25519PrivateKey.from_private_bytes(key.secret).sign(rfc8785.dumps(whole))
        return {**whole, "signature": b64encode(made).decode()}

    def rotated(self, secret: bytes, *, at: datetime) -> "Ring":
        """The ring with a new key from `at` on; the one before it signs nothing more."""
        moment = at.isoformat(timespec="seconds")
        past = tuple(replace(key, until=key.until or moment) for key in self.keys)
        return Ring((*past, new_key(secret, at=at)))

    def to_json(self) -> str:
        keys = [{**key.as_public(), "secret": b64encode(key.secret).decode()} for key in self.keys]
        return json.dumps({"keys": keys}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Ring":
        """Raises ValueError for what is no key file."""
        try:
            rows = json.loads(text)["keys"]
            keys = tuple(
                Key(row["id"], b64decode(row["secret"], validate=True), row["from"], row["to"])
                for row in rows
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a key file") from error
        if not keys or any(len(key.secret) != 32 for key in keys):
            raise ValueError("a key is not 32 bytes")
        return cls(keys)


def new_key(secret: bytes, *, at: datetime) -> Key:
    """A key from 32 random bytes, in use from `at`."""
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return Key(sha256(public).hexdigest()[:16], secret, at.isoformat(timespec="seconds"))


def is_signed(whole: Mapping[str, Any], keys: list[dict[str, Any]]) -> bool:
    """Whether one of these public keys made the signature that stands in `whole`."""
    said = {name: value for name, value in whole.items() if name != "signature"}
    public = next((key["public"] for key in keys if key["id"] == whole.get("key")), None)
    if public is None:
        return False
    try:
        signature = b64decode(str(whole.get("signature", "")), validate=True)
        Ed25519PublicKey.from_public_bytes(b64decode(public)).verify(signature, rfc8785.dumps(said))
    except (InvalidSignature, ValueError):
        return False
    return True
