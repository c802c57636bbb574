"""The National Provider Identifier: ten digits, the last one a check digit.

Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit" (45 CFR 162.406): the
check digit is Luhn's (ISO/IEC 7812-1) over the number with 80840 before it, the issuer prefix of US health
applications. The first digit is 1 or 2.
"""

PREFIX = "80840"


def is_npi(text: str) -> bool:
    """Whether this can be somebody's NPI: well formed, and its check digit right."""
    if len(text) != 10 or not text.isascii() or not text.isdecimal() or text[0] not in "12":
        return False
    return _luhn(PREFIX + text) % 10 == 0


def _luhn(digits: str) -> int:
    """Luhn's sum: from the right, every second digit doubled, of what then has two digits their sum."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        worth = int(digit) * (2 if place % 2 else 1)
        total += worth - 9 if worth > 9 else worth
    return total
