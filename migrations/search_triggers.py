"""Triggers that note what the search has to index anew, as they are from 0038 on; staff's notes from 0053 on.
SQLite drops a table's triggers when a batch migration rebuilds it: such a migration calls `create` again for
that table."""

from collections.abc import Callable, Iterable

Run = Callable[[str], object]

#: Table → (kind, the columns an entry is made from, whether the old entry goes at once).
OWN = {
    "patient": ("patient", "given_name, family_name, mrn, birth_date", False),
    "message": ("message", "body", True),
    "task": ("task", "about, type, patient_id", False),
    "referral": ("referral", "reason, referred_by, referrer_id, patient_id", True),
    "note": ("note", "body, conversation_id", True),
}
#: Table whose change makes other records' entries due: its columns, and (kind, table, column) of those.
OTHERS = {
    "patient": (
        "given_name, family_name",
        (("task", "task", "patient_id"), ("referral", "referral", "patient_id")),
    ),
    "referrer": ("name", (("referral", "referral", "referrer_id"),)),
}
TABLES = ("patient", "message", "task", "referral", "referrer", "contact_point")
NOTE = (
    "ON CONFLICT (practice_id, kind, subject_id) "
    "DO UPDATE SET marks = search_due.marks + 1, set_aside_at = NULL"
)


def create(run: Run, dialect: str, tables: Iterable[str] = TABLES) -> None:
    """Make the triggers of these tables."""
    for table in tables:
        for name, when, statements in _of(table):
            if dialect == "sqlite":
                run(f"CREATE TRIGGER {name} AFTER {when} ON {table} BEGIN {statements} END")
            else:
                run(
                    f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN {statements} RETURN NULL; END $$"
                )
                run(
                    f"CREATE TRIGGER {name} AFTER {when} ON {table} "
                    f"FOR EACH ROW EXECUTE FUNCTION {name}()"
                )


def drop(run: Run, dialect: str, tables: Iterable[str] = TABLES) -> None:
    for table in tables:
        for name, _, _ in _of(table):
            on = "" if dialect == "sqlite" else f" ON {table}"
            run(f"DROP TRIGGER {name}{on}")
            if dialect != "sqlite":
                run(f"DROP FUNCTION {name}()")


def _of(table: str) -> list[tuple[str, str, str]]:
    """(name, when, statements) of a table's triggers. The note comes first: its lock lets whoever makes
    the entry at this moment finish, and only then the old entry goes."""
    found = []
    if table in OWN:
        kind, columns, forgets = OWN[table]
        old = _forget(kind, "OLD")
        found += [
            (f"search_{table}_insert", "INSERT", _note(kind, "NEW", "id")),
            (f"search_{table}_update", f"UPDATE OF {columns}",
             _note(kind, "NEW", "id") + (old if forgets else "")),
            (f"search_{table}_delete", "DELETE", _note(kind, "OLD", "id") + old),
        ]  # fmt: skip
    if table in OTHERS:
        columns, others = OTHERS[table]
        notes = "".join(_note_all(*each) for each in others)
        found.append((f"search_{table}_others", f"UPDATE OF {columns}", notes))
    if table == "contact_point":
        for verb, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            both = _note("patient", "OLD", "patient_id") if verb == "UPDATE" else ""
            name = f"search_contact_point_{verb.lower()}"
            found.append((name, verb, both + _note("patient", row, "patient_id")))
    return found


def _note(kind: str, row: str, column: str) -> str:
    return (
        f"INSERT INTO search_due (practice_id, kind, subject_id, marks) "  # noqa: S608 - our names
        f"VALUES ({row}.practice_id, '{kind}', {row}.{column}, 1) {NOTE}; "
    )


def _note_all(kind: str, table: str, column: str) -> str:
    return (
        f"INSERT INTO search_due (practice_id, kind, subject_id, marks) "  # noqa: S608 - our names
        f"SELECT practice_id, '{kind}', id, 1 FROM {table} "
        f"WHERE practice_id = NEW.practice_id AND {column} = NEW.id {NOTE}; "
    )


def _forget(kind: str, row: str) -> str:
    return (
        f"DELETE FROM search_entry WHERE practice_id = {row}.practice_id "  # noqa: S608 - our names
        f"AND kind = '{kind}' AND subject_id = {row}.id; "
    )
