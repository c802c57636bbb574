"""Where in a wording the words stand that keep it from being saved, so that they can be marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from messaging.plain_words import plain
from messaging.wording import Problem

_TOKEN = re.compile(r"[\w'’]+")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the wording as it was typed."""

    text: str
    is_wrong: bool


def marked(body: str, problems: Iterable[Problem]) -> list[Stretch]:
    """The body in stretches, those a problem names marked; joined they are the body."""
    tokens = [(m.start(), m.end(), plain(m.group())) for m in _TOKEN.finditer(body)]
    places = sorted(
        place for problem in problems if problem.word for place in _places(body, tokens, problem)
    )
    found, at = [], 0
    for start, end in places:
        if end <= at:
            continue
        found += [
            Stretch(body[at : max(start, at)], False),
            Stretch(body[max(start, at) : end], True),
        ]
        at = end
    found.append(Stretch(body[at:], False))
    return [stretch for stretch in found if stretch.text]


def _places(
    body: str, tokens: list[tuple[int, int, str]], problem: Problem
) -> Iterator[tuple[int, int]]:
    """Exactly as written, for placeholders and links; else word by word, whatever case and accents."""
    exact = list(re.finditer(re.escape(problem.word), body))
    yield from (
        found.span() for found in exact if not problem.word[0].isalnum() or "." in problem.word
    )
    wanted = plain(problem.word).split()
    for at in range(len(tokens) - len(wanted) + 1 if wanted else 0):
        if [word for _, _, word in tokens[at : at + len(wanted)]] == wanted:
            yield tokens[at][0], tokens[at + len(wanted) - 1][1]
