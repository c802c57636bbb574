"""Checks a package of touchpoints by itself: `python verify.py [FOLDER] [--key PUBLIC_KEY]`. It needs
Python and the cryptography package, no database and no network. Give the practice's public key if you
got it another way: the one in the package only shows that the package is of one piece."""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Fault(Exception):
    """What does not fit, in one sentence."""


def canonical(value: Any) -> bytes:
    """RFC 8785 JSON, for what stands in these files (no fractions, names in ASCII)."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def check_signature(manifest: dict[str, Any], folder: Path, given: str | None) -> str:
    keys = {key["id"]: key for key in json.loads((folder / "keys.json").read_text("utf-8"))}
    key = keys.get(manifest["key"])
    if key is None:
        raise Fault("the manifest was signed with a key that is not in keys.json")
    if given and given != key["public"]:
        raise Fault("the manifest was not signed with the key you gave")
    said = {name: value for name, value in manifest.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public"]))
        public.verify(base64.b64decode(manifest["signature"]), canonical(said))
    except (InvalidSignature, ValueError):
        raise Fault(
            "the manifest's signature is wrong: it was changed after it was signed"
        ) from None
    return f"signed with key {key['id']} (in use from {key['from']} to {key['to'] or 'now'})"


def check_files(manifest: dict[str, Any], folder: Path) -> None:
    for listed in manifest["files"]:
        path = folder / listed["name"]
        if not path.exists():
            raise Fault(f"{listed['name']} is missing")
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() != listed["sha256"]:
            raise Fault(f"{listed['name']} is not the file that was signed")


def read(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def check_rows(manifest: dict[str, Any], folder: Path) -> int:
    """Rows and seconds of the exact file, and each row's proof where there are some."""
    rows, seconds, proofs = 0, 0, folder / "proofs.jsonl"
    sealed = {}
    proven = read(proofs) if proofs.exists() else None
    for row in read(folder / "touchpoints.jsonl"):
        rows, seconds = rows + 1, seconds + (row["seconds"] if row["is_standing"] else 0)
        if (folder / "evidence.jsonl").exists():
            sealed[row["seal_seq"]] = row["summary_commitment"]
        if proven is not None:
            check_proof(row, next(proven, None), manifest["tree"])
    if (rows, seconds) != (manifest["rows"], manifest["sums"]["seconds"]):
        raise Fault("rows or seconds are not those of the manifest")
    credited = sum(each["credited_seconds"] for each in read(folder / "credited.jsonl"))
    if credited != manifest["sums"]["credited_seconds"]:
        raise Fault("credited seconds are not those of the manifest")
    for seq, commitment in sealed.items():
        check_words(seq, commitment, folder / "evidence.jsonl")
    return rows if proven is not None else 0


def check_words(seq: int, commitment: str, path: Path) -> None:
    """The words of a sample are those whose commitment was sealed."""
    words = next((each["words"] for each in read(path) if each["seal_seq"] == seq), None)
    if words is None:
        raise Fault(f"row {seq} has no evidence")
    made = sha(bytes.fromhex(words["salt"] or "") + canonical(words["text"])).hex()
    if made != commitment and not words["deleted"]:
        raise Fault(f"the words of row {seq} are not those that were sealed")


def check_proof(row: dict[str, Any], proof: dict[str, Any] | None, tree: dict[str, Any]) -> None:
    name = f"row {row['seal_seq']}"
    if proof is None or proof["seal_seq"] != row["seal_seq"]:
        raise Fault(f"{name} has no proof")
    fields = dict(proof["hidden"])
    for field, salt in proof["shown"].items():
        fields[field] = sha(bytes.fromhex(salt) + canonical(row[field])).hex()
    link = {
        "previous": proof["previous_hash"],
        "seq": row["seal_seq"],
        "fields": fields,
        **proof["bound"],
    }
    digest = sha(canonical(link))
    if not hmac.compare_digest(digest.hex(), row["row_hash"]):
        raise Fault(f"{name} is not what was sealed")
    if climb(sha(b"\0" + digest), row["seal_seq"] - 1, tree["size"], proof["path"]) != tree["root"]:
        raise Fault(f"{name} does not belong to the signed ledger")


def climb(made: bytes, here: int, size: int, path: list[str]) -> str:
    """From a leaf to the root (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for each in map(bytes.fromhex, path):
        if here & 1 or here == last:
            made = sha(b"\1" + each + made)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            made = sha(b"\1" + made + each)
        here, last = here >> 1, last >> 1
    return made.hex() if last == 0 else ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a package of touchpoints.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", help="the practice's public key (base64), got another way")
    asked = parser.parse_args()
    try:
        manifest = json.loads((asked.folder / "manifest.json").read_text("utf-8"))
        signed = check_signature(manifest, asked.folder, asked.key)
        check_files(manifest, asked.folder)
        has_rows = (asked.folder / "touchpoints.jsonl").exists()
        proven = check_rows(manifest, asked.folder) if has_rows else 0
    except (Fault, OSError, KeyError, ValueError, TypeError) as error:
        sys.stderr.write(f"NOT VERIFIED: {error}\n")
        return 1
    sys.stdout.write(f"Verified: {manifest['rows']} rows, {proven} with proof, {signed}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
