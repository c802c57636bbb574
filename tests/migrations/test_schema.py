"""Migrations make the schema the models describe, on an empty database of either kind; going down and up
again leaves the same; every table carries its practice, every constraint its name."""

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.schema import CheckConstraint, ForeignKeyConstraint

from app.models.registry import metadata
from migrations import search_triggers
from tests.databases import make_database

#: Look-ups across practices and rows that belong to processes; everything else carries practice_id.
WITHOUT_PRACTICE = {"practice", "sign_in", "worker_lease"}
ACROSS_PRACTICES = {"line_directory", "secret_directory"}
#: Each database's own full text (see migrations/env.py).
FULL_TEXT = "search_words"
SEARCH_TRIGGERS = [
    name for table in (*search_triggers.TABLES, "note") for name, _, _ in search_triggers._of(table)
]


@pytest.fixture
def empty(tmp_path_factory, worker_name, run_name):
    made = make_database(tmp_path_factory, f"{worker_name}_empty", run_name)
    yield made
    made.close()


def shape(url: str) -> dict[str, object]:
    """Tables, columns, nullability, keys and index names, as the database tells them."""
    engine = create_engine(url)
    inspector = inspect(engine)
    found = {}
    for table in inspector.get_table_names():
        if table.startswith(FULL_TEXT):
            continue
        found[table] = (
            sorted((c["name"], c["nullable"]) for c in inspector.get_columns(table)),
            tuple(inspector.get_pk_constraint(table)["constrained_columns"]),
            sorted(
                (k["name"] or "", tuple(k["constrained_columns"]))
                for k in inspector.get_foreign_keys(table)
            ),
            sorted(
                (u["name"] or "", tuple(u["column_names"]))
                for u in inspector.get_unique_constraints(table)
            ),
            sorted(
                i["name"]
                for i in inspector.get_indexes(table)
                if not i.get("duplicates_constraint")
                and not (i["name"] or "").startswith(FULL_TEXT)
            ),
        )
    engine.dispose()
    return found


def expected() -> dict[str, object]:
    """The same, as the models say."""
    found = {}
    for table in metadata.sorted_tables:
        foreign = [c for c in table.constraints if isinstance(c, ForeignKeyConstraint)]
        unique = [c for c in table.constraints if type(c).__name__ == "UniqueConstraint"]
        found[table.name] = (
            sorted((c.name, bool(c.nullable)) for c in table.columns),
            tuple(c.name for c in table.primary_key.columns),
            sorted((str(c.name), tuple(c.column_keys)) for c in foreign),
            sorted((str(c.name), tuple(x.name for x in c.columns)) for c in unique),
            sorted(str(i.name) for i in table.indexes),
        )
    return found


def run(settings_of, url: str, *args: str) -> str:
    from app.factory import create_app
    from tests.conftest import dispose

    migrating = create_app(settings_of(url))
    result = migrating.test_cli_runner().invoke(args=["db", *args])
    dispose(migrating)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_makes_the_models_schema_on_an_empty_database(empty, settings_of) -> None:
    run(settings_of, empty.url, "upgrade")
    run(settings_of, empty.url, "check")
    made = shape(empty.url)
    made.pop("alembic_version")
    assert made == expected()


def test_it_comes_back_after_going_down_and_up(empty, settings_of) -> None:
    run(settings_of, empty.url, "upgrade")
    before = shape(empty.url)
    run(settings_of, empty.url, "downgrade", "base")
    assert set(shape(empty.url)) == {"alembic_version"}
    run(settings_of, empty.url, "upgrade")
    assert shape(empty.url) == before
    engine = create_engine(empty.url)
    with engine.connect() as connection:
        source = "sqlite_master" if engine.dialect.name == "sqlite" else "pg_trigger"
        condition = "type = 'trigger'" if engine.dialect.name == "sqlite" else "NOT tgisinternal"
        there = connection.scalar(text(f"SELECT count(*) FROM {source} WHERE {condition}"))
        assert there == 21 + len(SEARCH_TRIGGERS)
    engine.dispose()


@pytest.mark.pure
def test_it_names_every_constraint_and_index() -> None:
    for table in metadata.sorted_tables:
        for constraint in table.constraints:
            if isinstance(constraint, CheckConstraint | ForeignKeyConstraint):
                assert constraint.name, f"{table.name}: a constraint without a name"
        assert all(index.name for index in table.indexes)


@pytest.mark.pure
@pytest.mark.parametrize("table", [t for t in metadata.sorted_tables if t.name not in WITHOUT_PRACTICE],
                         ids=lambda table: table.name)  # fmt: skip
def test_it_puts_the_practice_into_every_key(table) -> None:
    assert "practice_id" in table.columns
    if table.name in ACROSS_PRACTICES:
        return
    assert "practice_id" in table.primary_key.columns
    for constraint in table.constraints:
        if (
            isinstance(constraint, ForeignKeyConstraint)
            and constraint.referred_table.name not in WITHOUT_PRACTICE
        ):
            assert "practice_id" in constraint.column_keys, str(constraint.name)
