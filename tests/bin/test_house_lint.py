"""The house's own linter: each rule finds what it is for and lets its neighbour through."""

from pathlib import Path

import pytest

from bin import house_lint

pytestmark = pytest.mark.pure

HEAD = '"""What lives here."""\n\n'


def whats(path: str, code: str) -> list[str]:
    return [finding.what for finding in house_lint.check_file(path, HEAD + code)]


@pytest.mark.parametrize(
    ("path", "code", "word"),
    [
        ("app/web/patients.py", "row = session.get(Patient, id)\n", "access"),
        ("workers/outbox.py", "row = db.session.get_one(Message, id)\n", "access"),
        ("app/actions/tasks.py", "row = session.get(Patient, id)\n", "access"),
        ("app/actions/tasks.py", "db.session.commit()\n", "commit"),
        ("app/actions/tasks.py", "socketio.emit('poke', {})\n", "emit"),
        ("messaging/gate.py", "now = datetime.utcnow()\n", "naive"),
        ("app/__init__.py", "import os\n", "docstring"),
        ("app/core/x.py", "PLACE = '/ro" + "ot/thing'\n", "one machine"),
    ],
)
def test_it_finds_what_the_house_forbids(path: str, code: str, word: str) -> None:
    found = whats(path, code)
    assert len(found) == 1
    assert word in found[0]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("app/access.py", "row = session.get(Patient, id)\n"),
        ("app/actions/outbox.py", "row = session.get(Message, id)\n"),
        ("app/core/db.py", "db.session.commit()\n"),
        ("app/realtime/broadcasts.py", "socketio.emit('poke', {})\n"),
        ("tests/web/test_tasks.py", "session.get(Patient, id)\nsession.commit()\n"),
        ("migrations/env.py", "connection.commit()\n"),
        ("app/web/patients.py", "name = answers.get('Patient')\n"),
        ("messaging/gate.py", "# STOP is one word; see https://example.org/work/stop\n"),
        ("app/core/db.py", "connection.commit()  # house: the owner's connection\n"),
        ("app/cli/x.py", "connection.commit()  # house: the owner's connection\n"),
    ],
)
def test_it_lets_the_neighbour_through(path: str, code: str) -> None:
    assert whats(path, code) == []


@pytest.mark.parametrize("path", ["app/utils.py", "app/web/helpers/x.py", "messaging/_common.py"])
def test_it_refuses_names_that_say_nothing(path: str) -> None:
    assert any("says nothing" in what for what in whats(path, "X = 1\n"))


def test_it_counts_lines_of_files_functions_and_views() -> None:
    body = "    x = 1\n"
    view = "@bp.get('/x')\ndef show():\n" + body * 25
    assert any("251 lines" in w for w in whats("app/core/x.py", "x = 1\n" * 249))
    assert whats("app/core/x.py", "x = 1\n" * 248) == []
    assert whats("app/core/x.py", "def f():\n" + body * 39) == []
    assert any("41 lines" in w for w in whats("app/core/x.py", "def f():\n" + body * 40))
    assert any("view show" in w for w in whats("app/web/x.py", view))
    assert whats("app/api/x.py", view) == []


def test_it_knows_which_icons_the_sprite_holds() -> None:
    page = "app/templates/tasks/_card.html"
    assert house_lint.check_file(page, "{{ icon('check') }} <use href='icons.svg#ti-phone'>") == []
    found = house_lint.check_file(page, "{{ icon('chekc') }}\n<use href='icons.svg#ti-fone'>")
    assert [(f.line, f.what.split("'")[1]) for f in found] == [(1, "chekc"), (2, "fone")]


def test_it_asks_for_a_docstring_at_the_head() -> None:
    assert house_lint.check_file("app/core/x.py", "x = 1\n")
    assert house_lint.check_file("app/core/__init__.py", "") == []


def test_it_reads_the_whole_tree_and_none_of_what_is_made() -> None:
    known = house_lint.known_files()
    assert {"app/__init__.py", "bin/house_lint.py"} <= set(known)
    assert not any(name.startswith((".venv/", "node_modules/", "var/")) for name in known)


def test_it_tells_where_and_exits_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(house_lint, "ROOT", tmp_path)
    (tmp_path / "bad.py").write_text(HEAD + "x = datetime.utcnow()\n")
    (tmp_path / "good.py").write_text(HEAD + "x = 1\n")
    assert house_lint.main(["good.py"]) == 0
    assert house_lint.main(["good.py", "bad.py"]) == 1
    assert capsys.readouterr().out.startswith("bad.py:3: utcnow is naive")
