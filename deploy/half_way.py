"""The note that an upgrade is under way: from when the old release is stopped until the new one is in use or
the old one goes on. No unit starts beside it, so that a machine that went down half-way never runs the old
release on the new one's database."""

from pathlib import Path

from deploy.places import Places

SAYS = (
    "An upgrade was broken off after Touchline was stopped, and the database may be the new release's. "
    "Run `make upgrade` again in the checkout: it goes on from there.\nThe schema of before: {schema}\n"
)


def note(places: Places, schema: str) -> None:
    file = _file(places)
    fresh = file.with_name(".upgrading.new")
    fresh.write_text(SAYS.format(schema=schema), encoding="utf-8")
    fresh.chmod(0o644)
    fresh.rename(file)


def schema_before(places: Places) -> str | None:
    """What an upgrade that was killed found; None when none was."""
    file = _file(places)
    return file.read_text(encoding="utf-8").split()[-1] if file.exists() else None


def forget(places: Places) -> None:
    _file(places).unlink(missing_ok=True)


def _file(places: Places) -> Path:
    return Path(places.prefix, "upgrading")
