"""Segments at their boundaries, and folding that never costs a segment or a letter."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.segments import Encoding, SegmentCount, count, fold

pytestmark = pytest.mark.pure

# 3GPP TS 23.038 §6.2.1, row by row, as the standard prints it: an independent copy of the alphabet
TABLE = [
    "@Δ 0¡P¿p",
    "£_!1AQaq",
    '$Φ"2BRbr',
    "¥Γ#3CScs",
    "èΛ¤4DTdt",
    "éΩ%5EUeu",
    "ùΠ&6FVfv",
    "ìΨ'7GWgw",
    "òΣ(8HXhx",
    "ÇΘ)9IYiy",
    "\nΞ*:JZjz",
    "Ø+;KÄkä",
    "øÆ,<LÖlö",
    "\ræ-=MÑmñ",
    "Åß.>NÜnü",
    "åÉ/?O§oà",
]
BASIC = "".join(TABLE)
EXTENSION = "\f^{}\\[~]|€"
SMILE = "😀"


def test_it_knows_the_whole_alphabet() -> None:
    assert len(BASIC) == len(set(BASIC)) == 127  # 128 places, one of them the escape
    assert count(BASIC) == SegmentCount(Encoding.GSM7, 127, 1)
    assert count(EXTENSION) == SegmentCount(Encoding.GSM7, 20, 1)


@pytest.mark.parametrize("char", "áíóúÁÍÓÚâçêãõ“”’—…`´😀中\t")
def test_it_knows_what_is_outside_the_alphabet(char: str) -> None:
    assert count("a" + char).encoding is Encoding.UCS2


@pytest.mark.parametrize(
    ("body", "encoding", "units", "segments"),
    [
        ("", Encoding.GSM7, 0, 0),
        ("a", Encoding.GSM7, 1, 1),
        ("a" * 160, Encoding.GSM7, 160, 1),
        ("a" * 161, Encoding.GSM7, 161, 2),
        ("a" * 306, Encoding.GSM7, 306, 2),
        ("a" * 307, Encoding.GSM7, 307, 3),
        ("a" * 459, Encoding.GSM7, 459, 3),
        ("a" * 460, Encoding.GSM7, 460, 4),
        ("€" * 80, Encoding.GSM7, 160, 1),
        ("a" * 159 + "€", Encoding.GSM7, 161, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),  # the € does not fit the last septet
        ("a" * 151 + "€" + "a" * 153, Encoding.GSM7, 306, 2),
        ("á" * 70, Encoding.UCS2, 70, 1),
        ("á" * 71, Encoding.UCS2, 71, 2),
        ("á" * 134, Encoding.UCS2, 134, 2),
        ("á" * 135, Encoding.UCS2, 135, 3),
        (SMILE * 35, Encoding.UCS2, 70, 1),
        ("á" * 69 + SMILE, Encoding.UCS2, 71, 2),
        ("á" * 66 + SMILE + "á" * 66, Encoding.UCS2, 134, 3),  # the pair is not cut in two
        ("á" * 65 + SMILE + "á" * 67, Encoding.UCS2, 134, 2),
        ("a" * 69 + "ñ", Encoding.GSM7, 70, 1),
        ("\ud83d", Encoding.UCS2, 1, 1),  # half a pair, from a broken client
    ],
)
def test_it_counts_at_the_boundaries(
    body: str, encoding: Encoding, units: int, segments: int
) -> None:
    assert count(body) == SegmentCount(encoding, units, segments)


gsm = st.text(BASIC + EXTENSION * 3, min_size=161, max_size=700)
wide = st.text(st.characters(codec="utf-8"), max_size=400).map(lambda body: body + "á")


@given(gsm)
def test_it_packs_septets_as_tightly_as_escapes_allow(body: str) -> None:
    counted = count(body)
    assert counted.encoding is Encoding.GSM7
    assert counted.units == len(body) + sum(body.count(char) for char in EXTENSION)
    if counted.units > 160:
        assert -(-counted.units // 153) <= counted.segments <= -(-counted.units // 152)


@given(wide)
def test_it_counts_utf16_units_as_they_are_encoded(body: str) -> None:
    counted = count(body)
    assert counted.encoding is Encoding.UCS2
    assert counted.units == len(body.encode("utf-16-le")) // 2
    assert counted.segments >= 1 if counted.units <= 70 else counted.segments >= counted.units / 67


@given(wide, st.characters(codec="utf-8"))
def test_it_never_gets_shorter_when_something_is_added(body: str, more: str) -> None:
    assert count(body + more).segments >= count(body).segments


@pytest.mark.parametrize(
    ("smart", "folded"),
    [
        ("It’s “here” – call us…", 'It\'s "here" - call us...'),
        ("«hola»", '"hola"'),
        ("‘a’ ‚b‛ 5′ 6″ `c´", "'a' 'b' 5' 6\" 'c'"),
        ("a‐b‑c‒d–e—f―g−h", "a-b-c-d-e-f-g-h"),
        ("a\u00a0b\u202fc\u2009d\u3000e\tf", "a b c d e f"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("one\r\ntwo\u2028three", "one\ntwo\nthree"),
        ("• milk\n• eggs", "- milk\n- eggs"),
        ("cafe\u0301 an\u0303o", "café año"),
        ("ñ ¿ ¡ é ü à", "ñ ¿ ¡ é ü à"),
    ],
)
def test_it_folds_into_the_cheap_alphabet(smart: str, folded: str) -> None:
    assert fold(smart) == folded
    assert count(folded).encoding is Encoding.GSM7


@pytest.mark.parametrize("kept", ["á í ó ú", "¿Sí? 😀", "👩‍⚕️ hola", "中文", "š"])
def test_it_leaves_what_has_no_equal(kept: str) -> None:
    assert fold(kept) == kept


def test_it_keeps_an_ellipsis_where_three_dots_would_cost_a_segment() -> None:
    full = "á" * 69 + "…"
    assert count(full).segments == 1
    assert fold(full) == full
    assert fold("á…") == "á..."


# a few characters grow under any normal form; they are no business of folding
ordinary = st.text(st.characters(codec="utf-8") | st.sampled_from("…“”’—á "), max_size=300).filter(
    lambda body: len(unicodedata.normalize("NFC", body)) <= len(body)
)


@given(ordinary)
def test_it_never_costs_a_segment_and_folds_once(body: str) -> None:
    assert count(fold(body)).segments <= count(body).segments
    assert fold(fold(body)) == fold(body)
