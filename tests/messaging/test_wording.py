"""Templates: filled in without surprises, and refused with a reason that helps (T6.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.errors import WordingError
from messaging.segments import Encoding
from messaging.wording import MAX_SEGMENTS, PLACEHOLDERS, lint, preview, render

pytestmark = pytest.mark.pure

GOOD = (
    "Hello {patient_first_name}, this is {practice_name}, {practice_phone}. "
    "Did you get the medicine we ordered for you? {options}"
)
GOOD_SPANISH = (
    "Hola, {patient_first_name}: le escribe {practice_name}, {practice_phone}. "
    "¿Ya recibió el medicamento que pedimos para usted? {options}"
)


def codes(body: str, **how: object) -> list[str]:
    return [problem.code for problem in lint(body, **how)]  # type: ignore[arg-type]


def test_it_fills_in_every_placeholder() -> None:
    body = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    values = {name: f"<{name}>" for name in PLACEHOLDERS}
    assert render(body, values) == " ".join(values.values())
    assert render("No placeholder.", {}) == "No placeholder."


@pytest.mark.parametrize("value", ["{practice_name}", "{", "}", "\\1", "\\g<0>", "{0}", "%s", "$x"])
def test_it_puts_values_in_as_they_are_and_never_reads_them_again(value: str) -> None:
    filled = render(
        "{patient_first_name}, {practice_name}", {"patient_first_name": value, "practice_name": "X"}
    )
    assert filled == f"{value}, X"


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_it_keeps_any_value_whole(name: str, place: str) -> None:
    values = {"patient_first_name": name, "appointment_place": place}
    assert (
        render("a {patient_first_name} b {appointment_place} c", values) == f"a {name} b {place} c"
    )


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("Hi {patient_first_name}", {}),
        ("Hi {patient_first_name}", {"patient_first_name": "  "}),
        ("Hi {nickname}", {"nickname": "Lu"}),
        ("Hi {}", {"": "Lu"}),
        ("Hi {{patient_first_name}}", {"patient_first_name": "Lu"}),
        ("Hi {patient_first_name", {"patient_first_name": "Lu"}),
        ("Hi }", {}),
    ],
)
def test_it_sends_nothing_half_filled(body: str, values: dict[str, str]) -> None:
    with pytest.raises(WordingError) as refused:
        render(body, values)
    assert "Lu" not in refused.value.person_text


@pytest.mark.parametrize(("body", "language"), [(GOOD, "en"), (GOOD_SPANISH, "es")])
def test_it_finds_nothing_wrong_with_a_good_template(body: str, language: str) -> None:
    assert lint(body, language=language, first=True) == []


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("", "empty", "Write what"),
        (" \n", "empty", "Write what"),
        ("Hi {First Name}", "unknown_placeholder", "{First Name}"),
        ("Hi {patient_firstname}", "unknown_placeholder", "Did you mean {patient_first_name}?"),
        ("Hi {{patient_first_name}}", "stray_brace", "stands alone"),
        ("Hi {patient_first_name", "stray_brace", "stands alone"),
        ("See https://bit.ly/x1", "bare_link", "{portal_link}"),
        ("See www.clinic.example.org/now", "bare_link", "{portal_link}"),
        ("See clinic.health today", "bare_link", "clinic.health"),
        ("Reply YES to confirm", "reserved_word", "{options}"),
        ("Your metformin is ready", "clinical_word", '"metformin"'),
        ("a" * (153 * MAX_SEGMENTS + 1), "too_long", f"{MAX_SEGMENTS} is the most"),
        ("á" * (67 * MAX_SEGMENTS + 1), "too_long", f"{MAX_SEGMENTS} is the most"),
    ],
)
def test_it_names_what_is_wrong_and_what_to_do(body: str, code: str, words: str) -> None:
    (problem,) = lint(body)
    assert problem.code == code
    assert words in problem.text


def test_it_asks_a_first_text_to_say_who_writes_and_where_to_call() -> None:
    """T6.6: practice name and phone on the message that opens a conversation."""
    body = "Did you get your medicine? {options}"
    assert codes(body) == []
    assert codes(body, first=True) == ["no_practice_name", "no_practice_phone"]
    assert codes(body + " {practice_phone}", first=True) == ["no_practice_name"]


def test_it_is_less_strict_about_the_portal_which_is_behind_a_sign_in() -> None:
    body = "Your metformin: see https://example.org. Reply YES. " + "a" * 2000
    assert set(codes(body)) == {"clinical_word", "bare_link", "reserved_word", "too_long"}
    assert codes(body, channel="portal", first=True) == []
    assert codes("{nobody", channel="portal") == ["stray_brace"]


def test_it_lets_the_portal_link_and_an_address_stand() -> None:
    assert codes("Sign in: {portal_link}") == []
    assert codes("Write to care@clinic.example.org, 8 a.m. to 5 p.m.") == []


def test_it_measures_a_template_as_it_will_leave() -> None:
    """T6.6: length and segments shown, after folding and with values of ordinary length."""
    shown, counted = preview("It’s {patient_first_name}… {nobody}")
    assert shown == "It's Guadalupe... {nobody}"
    assert (counted.encoding, counted.segments) == (Encoding.GSM7, 1)
    spanish, counted = preview(GOOD_SPANISH, language="es")
    assert "1 = Sí, 2 = No, 3 = Todavía no" in spanish
    assert (counted.encoding, counted.segments) == (Encoding.UCS2, 3)
    assert codes(GOOD_SPANISH, language="es", max_segments=2) == ["too_long"]


def test_it_has_a_sample_in_both_languages_for_every_placeholder() -> None:
    for samples in PLACEHOLDERS.values():
        assert samples.keys() == {"en", "es"}
        assert all(samples.values())


@given(st.text(max_size=300) | st.text("{}abc_ ", max_size=60))
def test_it_fills_in_whatever_it_has_passed(body: str) -> None:
    values = {name: samples["en"] for name, samples in PLACEHOLDERS.items()}
    blocking = {"empty", "unknown_placeholder", "stray_brace"}.intersection(codes(body))
    if blocking - {"empty"}:
        with pytest.raises(WordingError):
            render(body, values)
    else:
        assert "{" not in render(body, values)
