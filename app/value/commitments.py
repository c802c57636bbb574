"""Commitments and the hash chain of the ledger, from plain values. Each field is committed to with a
salt of its own, so that a file with fields left out can still be verified; rows chain by SHA-256 over
RFC 8785 JSON."""

import hashlib
import hmac
import json
from collections.abc import Mapping

import rfc8785

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]
GENESIS = "0" * 64


def field_salt(salt: bytes, name: str) -> bytes:
    """The salt of one field, derived from the row's: giving one away tells nothing of the others."""
    return hmac.digest(salt, name.encode(), "sha256")


def canonical(value: Plain) -> bytes:
    """RFC 8785 JSON. Text, whole numbers and the like are the same in the quick encoder."""
    if value is None or isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False).encode()
    return rfc8785.dumps(value)


def commit(salt: bytes, value: Plain) -> str:
    """SHA-256 (hex) over the salt and the value's canonical JSON."""
    return hashlib.sha256(salt + canonical(value)).hexdigest()


def commitments_of(salt: bytes, fields: Mapping[str, Plain]) -> dict[str, str]:
    """A commitment per field."""
    return {name: commit(field_salt(salt, name), value) for name, value in fields.items()}


def row_hash(previous: str, seq: int, commitments: Mapping[str, str], **more: Plain) -> str:
    """The row's link in the chain: over the hash before it, its number, its commitments, and what else its
    composition binds."""
    link: dict[str, Plain] = {"previous": previous, "seq": seq, "fields": dict(commitments), **more}
    return hashlib.sha256(rfc8785.dumps(link)).hexdigest()
