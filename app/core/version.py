"""The version, read from the changelog's newest heading."""

import re

from app.core.settings import ROOT

_HEADING = re.compile(r"^## \[?(\d+\.\d+\.\d+)", re.MULTILINE)


def read_version() -> str:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = _HEADING.search(text)
    return found.group(1) if found else "0.0.0"


VERSION = read_version()
