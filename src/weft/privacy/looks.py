"""Does one value look like it? Formats and check digits, each with its source."""

from __future__ import annotations

import ipaddress
import re

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
# Visa, Mastercard (old and new range), American Express, Discover, Diners, JCB, Maestro, UnionPay
_ISSUER = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|6011|64[4-9]|65|30[0-5]|3[68]|35|50|5[6-9]|62"
)
_INTERNATIONAL = re.compile(r"(?:\+|00)[1-9][\d ().\-/]{6,20}\d")
_AMERICAN = re.compile(r"(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?: ?x\d{1,6})?")
_DIALLED = re.compile(r"[\d ().\-/+]{6,24}")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[ T].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: .*)?|(?:19|20)\d{2}")
_NUMBER = re.compile(r"[^\d\s-]{0,3}\s?-?\d{1,3}(?:[., ']?\d{3})*(?:[.,]\d+)?\s?[^\d\s]{0,3}")
_WORD = r"[^\W\d_][\w'\u2019.-]*"
_PERSON = re.compile(
    rf"(?:(?:Dr|Mr|Mrs|Ms|Prof)\.? )?{_WORD}(?:,? (?:(?:van|von|de|der|da|di|la|le|el|al|bin) )*{_WORD}){{1,3}}"
)
_COMPANY = re.compile(
    r"\b(?:inc|corp|corporation|ltd|llc|gmbh|ag|group|company|co|plc|sa|bv|holdings?)\b\.?", re.IGNORECASE
)
_GENDERS = frozenset(
    [
        "m",
        "f",
        "w",
        "d",
        "x",
        "male",
        "female",
        "man",
        "woman",
        "men",
        "women",
        "boy",
        "girl",
        "diverse",
        "other",
        "non-binary",
        "nonbinary",
        "divers",
        "männlich",
        "weiblich",
        "homme",
        "femme",
        "unknown",
    ]
)
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
_FISCAL = re.compile(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]")
_DNI = re.compile(r"[XYZ\d]\d{7}-?[A-Z]")
_NIR = re.compile(r"[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d(?:\d|[AB])\d{8}")
_AHV = re.compile(r"756\.?\d{4}\.?\d{4}\.?\d{2}")
_VERSION = re.compile(r"v?\d+\.\d+(?:\.\d+)?")


def email(value: str) -> bool:
    """An e-mail address anywhere in the value."""
    return _EMAIL.search(value) is not None


def iban(value: str) -> bool:
    """An IBAN anywhere in the value whose check digits hold (ISO 13616: modulo 97 is 1)."""
    return any(_mod97(found.group().replace(" ", "")) for found in _IBAN.finditer(value.upper()))


def _mod97(text: str) -> bool:
    # A sentence may go on behind the number: try its possible lengths (15 for Norway to 34).
    for length in range(len(text), 14, -1):
        digits = "".join(str(int(c, 36)) for c in text[4:length] + text[:4])
        if int(digits) % 97 == 1:
            return True
    return False


def card(value: str) -> bool:
    """A payment card's number: an issuer's prefix and the check digit of Luhn (ISO/IEC 7812)."""
    text = value.strip()
    if _CARD.fullmatch(text) is None:
        return False
    digits = text.replace(" ", "").replace("-", "")
    return _ISSUER.match(digits) is not None and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0  # noqa: PLR2004 - sum of two digits


def phone(value: str) -> bool:
    """A telephone number in international or American writing."""
    text = value.strip()
    return _AMERICAN.fullmatch(text) is not None or (
        _INTERNATIONAL.fullmatch(text) is not None and 8 <= _digits(text) <= 15  # noqa: PLR2004 - ITU E.164
    )


def dialled(value: str) -> bool:
    """Whatever could be dialled; means something only under a fitting name."""
    text = value.strip()
    return _DIALLED.fullmatch(text) is not None and 6 <= _digits(text) <= 15 and not _DATE.fullmatch(text)  # noqa: PLR2004 - ITU E.164


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def ip(value: str) -> bool:
    """An IP address, version 4 or 6; a version number such as 1.2.3 is none."""
    text = value.strip()
    if _VERSION.fullmatch(text) or ("." not in text and ":" not in text):
        return False
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False


def national_id(value: str) -> bool:
    """A number that a state gives a person: US, UK, Italy, Spain, France, Switzerland."""
    text = value.strip().upper()
    if _SSN.fullmatch(text) or _NINO.fullmatch(text) or _FISCAL.fullmatch(text):
        return True
    return _spanish(text) or _french(text.replace(" ", "")) or _swiss(text)


def _spanish(text: str) -> bool:
    """DNI and NIE: the letter is the number modulo 23."""
    if _DNI.fullmatch(text) is None:
        return False
    digits = text[:-1].replace("-", "").replace("X", "0").replace("Y", "1").replace("Z", "2")
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == text[-1]


def _french(text: str) -> bool:
    """NIR: the key is 97 less the number modulo 97; Corsica's A and B count as 19 and 18."""
    if _NIR.fullmatch(text) is None:
        return False
    number = text[:-2].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[-2:])


def _swiss(text: str) -> bool:
    """AHV number: the check digit of EAN-13."""
    if _AHV.fullmatch(text) is None:
        return False
    digits = [int(c) for c in text if c.isdigit()]
    return sum(d * (3 if n % 2 else 1) for n, d in enumerate(digits)) % 10 == 0


def person(value: str) -> bool:
    """Two to four words such as a person's name, and none of a company's."""
    text = value.strip()
    return text[:1].isupper() and _PERSON.fullmatch(text) is not None and _COMPANY.search(text) is None


def letters(value: str) -> bool:
    """Words without digits."""
    return any(c.isalpha() for c in value) and not any(c.isdigit() for c in value)


def date(value: str) -> bool:
    """A date or a year."""
    return _DATE.fullmatch(value.strip()) is not None


def gender(value: str) -> bool:
    """A word for a gender, or its letter."""
    return value.strip().lower() in _GENDERS


def spelt_gender(value: str) -> bool:
    """A word for a gender; a letter alone may mean anything."""
    return len(value.strip()) > 1 and gender(value)


def amount(value: str) -> bool:
    """A number, perhaps with a currency, or a range of them."""
    text = value.strip()
    return all(
        _NUMBER.fullmatch(part.strip()) for part in re.split(r"\s?(?:-|to|\u2013)\s?(?=\D?\d)", text, maxsplit=1)
    )


def age(value: str) -> bool:
    """Years of a life, a flag, or a band of years such as 30-39."""
    found = re.fullmatch(r"(\d{1,3})(?:\.0+)?(?:\s?[-\u2013]\s?(\d{1,3})|\+)?", value.strip())
    return found is not None and int(found[1]) <= 120  # noqa: PLR2004 - years


def anything(value: str) -> bool:
    """The name alone decides."""
    return bool(value)
