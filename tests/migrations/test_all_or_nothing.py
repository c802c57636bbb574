"""A migration that breaks off leaves the schema as it was, and so do the ones that ran before it."""

import pytest
from alembic import command
from sqlalchemy import create_engine, inspect, text

from app.cli.database import alembic_config
from app.factory import create_app
from tests.conftest import dispose
from tests.databases import make_database
from tests.server import ROOT

STEP = """
from alembic import op
import sqlalchemy as sa

revision = "{revision}"
down_revision = "{after}"


def upgrade():
    op.create_table("shelf_{revision}", sa.Column("id", sa.Integer))
    op.execute("INSERT INTO shelf_{revision} (id) VALUES (1)")
    op.create_table("{last}", sa.Column("id", sa.Integer))
"""


@pytest.fixture
def database(tmp_path_factory, worker_name, run_name):
    made = make_database(tmp_path_factory, f"{worker_name}_whole", run_name)
    yield made
    made.close()


@pytest.fixture
def upgrade(database, settings_of, tmp_path):
    """Two steps of a chain of our own; the second wants a table that is there already."""
    (tmp_path / "one.py").write_text(STEP.format(revision="9001", after="0001", last="bench"))
    (tmp_path / "two.py").write_text(STEP.format(revision="9002", after="9001", last="practice"))
    config = alembic_config()
    first = next((ROOT / "migrations" / "versions").glob("0001_*.py"))
    (tmp_path / first.name).write_text(first.read_text())
    config.set_main_option("version_locations", str(tmp_path))
    app = create_app(settings_of(database.url))

    def run(revision: str) -> None:
        with app.app_context():
            command.upgrade(config, revision)

    yield run
    dispose(app)


def test_it_leaves_no_half_of_a_migration(upgrade, database) -> None:
    upgrade("0001")
    with pytest.raises(Exception, match="practice"):
        upgrade("head")
    engine = create_engine(database.url)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    assert "practice" in names
    assert {"shelf_9001", "shelf_9002", "bench"}.isdisjoint(names)
    assert version == "0001"
    upgrade("9001")  # what worked alone works still
