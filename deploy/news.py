"""What an upgrade brought: the changelog's entries that the old release did not have yet."""

from pathlib import Path


def entries(changelog: Path) -> list[str]:
    """Headings and whole entries (an entry may run over several lines), in order."""
    found: list[str] = []
    for line in changelog.read_text(encoding="utf-8").splitlines():
        if line.startswith(("## ", "- ")):
            found.append(line)
        elif line.startswith("  ") and found:
            found[-1] += f"\n{line}"
    return found


def between(old: Path, new: Path) -> list[str]:
    """New entries under their headings; [] when nothing is written that somebody would notice."""
    known, told = set(entries(old)), []
    heading = ""
    for entry in entries(new):
        if entry.startswith("## "):
            heading = entry.removeprefix("## ")
        elif entry not in known:
            if heading:
                told.append(heading)
                heading = ""
            told.append(entry)
    return told
