"""Every word a patient may read exists in Spanish, and the pages stay light."""

import gzip
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.core.settings import ROOT
from tests.reading import grade
from tests.web.portal.conftest import Enter
from tests.world import World

APP = ROOT / "app"
LIGHT = 120 * 1024
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def words_in(folder: Path, method: str, pattern: str) -> set[str]:
    options = {"**": {"trimmed": "true"}}
    found = extract_from_dir(
        folder, [(pattern, method)], options if method == "jinja2" else None, KEYWORDS
    )
    return {words if isinstance(words, str) else words[0] for _, _, words, _, _ in found}


@pytest.mark.pure
def test_it_has_a_spanish_word_for_everything() -> None:
    wanted = words_in(APP / "templates" / "portal", "jinja2", "**.html")
    wanted |= words_in(APP / "web" / "portal", "python", "**.py")
    assert len(wanted) > 100
    with (APP / "translations" / "es" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        spanish = read_po(file)
    missing = [words for words in wanted if not (spanish.get(words) and spanish[words].string)]
    assert missing == []


@pytest.mark.pure
def test_it_is_read_in_sixth_grade() -> None:
    """All sentences of the portal together, and none of them much harder; a label is no sentence."""
    wanted = words_in(APP / "templates" / "portal", "jinja2", "**.html")
    wanted |= words_in(APP / "web" / "portal", "python", "**.py")
    sentences = {each for each in wanted if each.endswith((".", "?", "!")) and " " in each}
    assert len(sentences) > 60
    assert grade(sentences) <= 6.0, grade(sentences)
    hard = {each: round(grade([each]), 1) for each in sentences if grade([each]) > 11.0}
    assert hard == {}


@pytest.mark.pure
def test_it_keeps_every_value_of_a_sentence_in_spanish() -> None:
    with (APP / "translations" / "es" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        for message in read_po(file):
            theirs, ours = str(message.string), str(message.id)
            assert set(re.findall(r"%\(\w+\)", theirs)) == set(re.findall(r"%\(\w+\)", ours))


def test_it_loads_light(world: World, enter: Enter) -> None:
    client = enter(world.sam)
    page = client.get("/portal/my/chat").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    modules = {f"/static/js/{name}" for name in ("live.js", "activity.js", "morphing.js",
               "toasts.js", "drafts.js", "follow.js")}  # fmt: skip
    bodies = [page.encode()]
    for path in files | modules:
        with client.get(path) as answer:
            bodies.append(answer.data)
    assert sum(len(gzip.compress(body)) for body in bodies) <= LIGHT


def test_it_carries_no_inline_style_or_script(world: World, enter: Enter) -> None:
    for path in ("chat", "next", "preferences", "contacts"):
        page = enter(world.sam).get(f"/portal/my/{path}")
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=", page.text)
        assert "unsafe" not in page.headers["Content-Security-Policy"]
