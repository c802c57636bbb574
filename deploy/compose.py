"""`make compose`: the settings that deploy/compose.yaml reads, asked for like those of an installed server.
The database's container gets its own password and none of Touchline's keys."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from deploy import places as where
from deploy import settings_file
from deploy.stop import say

DATABASE = "postgresql+psycopg://touchline:{password}@database/touchline"
NEXT = """Written: {files} (0600). Keep a copy of DATA_KEYS and SECRET_KEY elsewhere. Now:
  DOMAIN={domain} docker compose -f deploy/compose.yaml up --detach --build"""


def run(said: Mapping[str, str], folder: Path = where.SOURCE / "deploy") -> None:
    settings_file.check_command_line(said)
    places = where.read({"PREFIX": str(folder / "container"), "DOMAIN": said.get("DOMAIN", "")})
    ours, theirs = folder / "touchline.env", folder / "database.env"
    known, database = settings_file.read(ours), settings_file.read(theirs)
    database = {"POSTGRES_USER": "touchline", "POSTGRES_DB": "touchline"} | database
    database.setdefault("POSTGRES_PASSWORD", secrets.token_hex(24))
    known |= {
        "DATABASE_URL": DATABASE.format(password=database["POSTGRES_PASSWORD"]),
        "REDIS_URL": "redis://redis:6379/0",
    }
    settings = settings_file.complete(places, known, settings_file.ask(known))
    settings["BACKUP_DIR"] = "/backups"
    settings_file.write(theirs, database, None)
    settings_file.write(ours, settings, None)
    say(NEXT.format(files=f"{ours.name}, {theirs.name}", domain=places.domain))
