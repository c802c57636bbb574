"""What a file is, told by its first bytes. The name it came with and the declared type are not asked: both
are the sender's to choose. Whatever is not in this table is not taken, markup and scripts least of all.

Signatures: the formats' own specifications (ISO 14496-12 for the "ftyp" family, RFC 4867 for AMR, RFC 6350
for vCard, ISO 11172-3 for MPEG audio frames).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MediaType:
    """`kind` is picture, document, sound, film or contact."""

    mime: str
    extension: str
    kind: str


JPEG: Final = MediaType("image/jpeg", "jpg", "picture")
PNG: Final = MediaType("image/png", "png", "picture")
GIF: Final = MediaType("image/gif", "gif", "picture")
WEBP: Final = MediaType("image/webp", "webp", "picture")
HEIC: Final = MediaType("image/heic", "heic", "picture")
PDF: Final = MediaType("application/pdf", "pdf", "document")
MP4: Final = MediaType("video/mp4", "mp4", "film")
M4A: Final = MediaType("audio/mp4", "m4a", "sound")
THREE_GP: Final = MediaType("video/3gpp", "3gp", "film")
AMR: Final = MediaType("audio/amr", "amr", "sound")
MP3: Final = MediaType("audio/mpeg", "mp3", "sound")
VCARD: Final = MediaType("text/vcard", "vcf", "contact")

ALL: Final = (JPEG, PNG, GIF, WEBP, HEIC, PDF, MP4, M4A, THREE_GP, AMR, MP3, VCARD)
BY_MIME: Final[Mapping[str, MediaType]] = {each.mime: each for each in ALL}

_STARTS: Final[tuple[tuple[bytes, MediaType], ...]] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"#!AMR\n", AMR),
    (b"#!AMR-WB\n", AMR),
    (b"ID3", MP3),
    (b"BEGIN:VCARD\r\n", VCARD),
    (b"BEGIN:VCARD\n", VCARD),
)
#: The major brand of an "ftyp" box.
_BRANDS: Final[Mapping[bytes, MediaType]] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), HEIC),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42"), MP4),
    **dict.fromkeys((b"avc1", b"M4V ", b"dash", b"MSNV"), MP4),
    **dict.fromkeys((b"M4A ", b"M4B "), M4A),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3gr6", b"3gs6", b"3ge6"), THREE_GP),
    **dict.fromkeys((b"3g2a", b"3g2b", b"3g2c"), THREE_GP),
}
#: The bytes that decide; more is never looked at.
HEAD: Final = 16


def sniff(content: bytes) -> MediaType | None:
    """Return what these bytes are, or None for anything that is not taken."""
    head = content[:HEAD]
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    return MP3 if _is_mpeg_frame(head) else None


def declared_kind(declared: str) -> str:
    """Return what a declared type would be, for words while the content is not here; "" when unsaid."""
    main, _, sub = declared.lower().partition("/")
    if "vcard" in sub:
        return "contact"
    if sub == "pdf":
        return "document"
    return {"image": "picture", "video": "film", "audio": "sound"}.get(main, "")


def _is_mpeg_frame(head: bytes) -> bool:
    """The header of a Layer III frame: sync, a known version, and rates that exist."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in (0, 15) and sample_rate != 3
