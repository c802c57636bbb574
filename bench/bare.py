"""The baseline: a bare Flask route that checks the signature with the SDK's RequestValidator and writes one
row in one commit. No patients, no consent, no ledger; on PostgreSQL through a pool, without any ORM."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

import psycopg
from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator

URL = f"{os.environ['PUBLIC_URL']}/webhooks/twilio/messages"
DATABASE_URL = os.environ["BARE_DATABASE_URL"]
CREATE = (
    "CREATE TABLE IF NOT EXISTS bare_message"
    " (sid text PRIMARY KEY, sender text, recipient text, body text)"
)
POOL = 20

app = Flask(__name__)
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
Row = tuple[str, str, str, str]


def postgres_writer() -> Callable[[Row], None]:
    idle: SimpleQueue[psycopg.Connection[tuple[object, ...]]] = SimpleQueue()
    for _ in range(POOL):
        idle.put(psycopg.connect(DATABASE_URL, autocommit=True))

    def write(row: Row) -> None:
        connection = idle.get()
        try:
            connection.execute("INSERT INTO bare_message VALUES (%s, %s, %s, %s)", row)
        finally:
            idle.put(connection)

    return write


def sqlite_writer() -> Callable[[Row], None]:
    connection = sqlite3.connect(DATABASE_URL, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return lambda row: void(connection.execute("INSERT INTO bare_message VALUES (?, ?, ?, ?)", row))


def void(_: object) -> None:
    return None


def create_table() -> None:
    if DATABASE_URL.startswith("postgresql"):
        with suppress(psycopg.errors.UniqueViolation), psycopg.connect(DATABASE_URL) as connection:
            connection.execute(CREATE)
    else:
        sqlite3.connect(DATABASE_URL).execute(CREATE)


create_table()
write = postgres_writer() if DATABASE_URL.startswith("postgresql") else sqlite_writer()


@app.post("/webhooks/twilio/messages")
def create_message() -> Response:
    form = request.form
    if not validator.validate(URL, form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)
    write((form["MessageSid"], form["From"], form["To"], form["Body"]))
    return Response("<Response/>", content_type="text/xml")
