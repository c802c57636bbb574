"""The languages a practice may write texts in: a closed list, so that a tag always means one thing and a
patient's language finds its words. English and Spanish come with every practice; the rest it adds.

Tags are BCP 47 language subtags (RFC 5646). Names: Unicode CLDR's, in English and in the language itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """`own`: how its speakers call it. `is_rtl`: written from right to left."""

    tag: str
    name: str
    own: str
    is_rtl: bool = False

    @property
    def both(self) -> str:
        """ "Vietnamese (Tiếng Việt)"; once where both are the same."""
        return self.name if self.name == self.own else f"{self.name} ({self.own})"


_ROWS: Final = (
    Language("en", "English", "English"),
    Language("es", "Spanish", "Español"),
    Language("am", "Amharic", "አማርኛ"),
    Language("ar", "Arabic", "العربية", is_rtl=True),
    Language("bn", "Bangla", "বাংলা"),
    Language("de", "German", "Deutsch"),
    Language("fa", "Persian", "فارسی", is_rtl=True),
    Language("fil", "Filipino", "Filipino"),
    Language("fr", "French", "Français"),
    Language("hi", "Hindi", "हिन्दी"),
    Language("ht", "Haitian Creole", "Kreyòl Ayisyen"),
    Language("ja", "Japanese", "日本語"),
    Language("km", "Khmer", "ខ្មែរ"),
    Language("ko", "Korean", "한국어"),
    Language("lo", "Lao", "ລາວ"),
    Language("my", "Burmese", "မြန်မာ"),
    Language("ne", "Nepali", "नेपाली"),
    Language("om", "Oromo", "Oromoo"),
    Language("pa", "Punjabi", "ਪੰਜਾਬੀ"),
    Language("ps", "Pashto", "پښتو", is_rtl=True),
    Language("pt", "Portuguese", "Português"),
    Language("ru", "Russian", "Русский"),
    Language("so", "Somali", "Soomaali"),
    Language("sw", "Swahili", "Kiswahili"),
    Language("th", "Thai", "ไทย"),
    Language("ti", "Tigrinya", "ትግርኛ"),
    Language("uk", "Ukrainian", "Українська"),
    Language("ur", "Urdu", "اردو", is_rtl=True),
    Language("vi", "Vietnamese", "Tiếng Việt"),
    Language("zh", "Chinese", "中文"),
)
LANGUAGES: Final[Mapping[str, Language]] = {row.tag: row for row in _ROWS}
#: Every practice has these: the shipped words are written in both.
ALWAYS: Final = ("en", "es")
#: Texts in a language nobody wrote words in go out in this one.
FALLBACK: Final = "en"
