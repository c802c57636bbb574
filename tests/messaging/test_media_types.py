"""What a file is, by its first bytes alone: every kind we take is known, nothing else ever is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.carriers.sandbox_picture import PICTURE, content_of
from messaging.media_types import ALL, BY_MIME, HEAD, declared_kind, sniff

pytestmark = pytest.mark.pure

#: As the formats' specifications have it; written out here, apart from the table that is tested.
STARTS = {
    "image/jpeg": [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"\xff\xd8\xff\xe1\x1c\x45Exif\x00"],
    "image/png": [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"],
    "image/gif": [b"GIF87a\x01\x00", b"GIF89a\x01\x00"],
    "image/webp": [b"RIFF\x24\x00\x00\x00WEBPVP8 "],
    "image/heic": [b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", b"\x00\x00\x00\x1cftypmif1"],
    "application/pdf": [b"%PDF-1.7\n"],
    "video/mp4": [b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", b"\x00\x00\x00\x18ftypmp42"],
    "audio/mp4": [b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"],
    "video/3gpp": [b"\x00\x00\x00\x18ftyp3gp5\x00\x00\x01\x00", b"\x00\x00\x00\x18ftyp3g2a"],
    "audio/amr": [b"#!AMR\n\x04", b"#!AMR-WB\n\x04"],
    "audio/mpeg": [
        b"ID3\x04\x00\x00",
        b"\xff\xfb\x90\x64",
        b"\xff\xf3\x40\xc4",
        b"\xff\xfa\x92\x60",
    ],
    "text/vcard": [b"BEGIN:VCARD\r\nVERSION:3.0\r\n", b"BEGIN:VCARD\nVERSION:4.0\n"],
}
MARKUP = [
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<?xml version='1.0'?><svg/>",
    b"<!DOCTYPE html><script>alert(1)</script>", b"<html>", b"<script>", b"<!-- --><svg/>",
    b"javascript:alert(1)", b"#!/bin/sh\n", b"MZ\x90\x00", b"\x7fELF", b"PK\x03\x04", b"\x1f\x8b\x08",
    b"II*\x00", b"BM", b"\x00\x00\x01\x00", b"%!PS-Adobe", b"{\\rtf1", b"Rar!\x1a\x07",
    b"\xca\xfe\xba\xbe", b"BEGIN:VCALENDAR\r\n", b"\x00\x00\x00\x20ftypavif", b"\xff\xfe<\x00s\x00",
    b"\xef\xbb\xbf<svg/>", b"RIFF\x24\x00\x00\x00WAVE", b"%FDF-1.2", b"\x00asm",
]  # fmt: skip


def test_it_knows_every_type_it_may_serve() -> None:
    assert set(STARTS) == set(BY_MIME) == {each.mime for each in ALL}
    assert not {mime for mime in BY_MIME if "svg" in mime or "html" in mime or "xml" in mime}


@given(st.sampled_from([(m, s) for m, starts in STARTS.items() for s in starts]), st.binary())
def test_it_tells_a_type_by_its_start_whatever_follows(
    known: tuple[str, bytes], rest: bytes
) -> None:
    mime, start = known
    found = sniff(start + rest)
    assert found is not None
    assert found.mime == mime


@given(
    st.sampled_from(MARKUP), st.binary(max_size=64), st.sampled_from([b"", b" ", b"\n\t", b"\x00"])
)
def test_it_takes_no_markup_no_program_and_no_archive(
    start: bytes, rest: bytes, pad: bytes
) -> None:
    assert sniff(pad + start + rest) is None


@given(st.binary(max_size=64))
def test_it_never_breaks_and_finds_only_what_starts_like_it(content: bytes) -> None:
    found = sniff(content)
    if found is None:
        return
    marks = {
        "audio/mpeg": (b"ID3", b"\xff"), "image/webp": (b"RIFF",), "image/jpeg": (b"\xff\xd8\xff",),
    }.get(found.mime, tuple(s[:4] for s in STARTS[found.mime]))  # fmt: skip
    assert content.startswith(marks) or content[4:8] == b"ftyp"


@given(st.text(alphabet=st.characters(max_codepoint=126), max_size=200))
def test_it_takes_no_plain_text_but_a_contact_card(words: str) -> None:
    found = sniff(words.encode())
    assert found is None or words.startswith(("GIF8", "%PDF-", "#!AMR", "ID3", "BEGIN:VCARD"))


@given(st.binary(min_size=HEAD, max_size=HEAD), st.binary(), st.binary())
def test_it_looks_at_nothing_but_the_start(head: bytes, one: bytes, other: bytes) -> None:
    assert sniff(head + one) == sniff(head + other)


@pytest.mark.parametrize("mime", STARTS)
def test_it_wants_a_start_whole(mime: str) -> None:
    for start in STARTS[mime]:
        assert sniff(start[:2]) is None
        assert sniff(b"\x00" + start) is None


def test_it_knows_the_invented_picture_for_one() -> None:
    found = sniff(content_of(PICTURE.url) or b"")
    assert found is not None
    assert found.mime == PICTURE.declared_type
    assert content_of("sandbox:other") is None


@pytest.mark.parametrize(
    ("declared", "kind"),
    [("image/jpeg", "picture"), ("video/3gpp", "film"), ("audio/amr", "sound"), ("", ""),
     ("application/pdf", "document"), ("text/x-vCard", "contact"), ("application/zip", ""),
     ("Image/PNG", "picture"), ("nonsense", "")],
)  # fmt: skip
def test_it_has_a_word_for_what_is_not_here_yet(declared: str, kind: str) -> None:
    assert declared_kind(declared) == kind
