"""Writes var/demo.env once: the demo's own secrets, made here, readable by their owner only.
It is never overwritten (the data it encrypts would be lost), and real settings win over it."""

import os
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "var" / "demo.env"


def contents() -> str:
    key = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return (
        "# The demo's own secrets. Delete this file only together with the database beside it.\n"
        f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"DATA_KEYS={key}\n"
    )


def main() -> int:
    """`--print` shows a fresh set instead, for a throw-away database."""
    if "--print" in sys.argv[1:]:
        print(contents(), end="")
        return 0
    TARGET.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(TARGET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return 0
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(contents())
        file.flush()
        os.fsync(file.fileno())
    print("Wrote var/demo.env with the demo's own secrets.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
