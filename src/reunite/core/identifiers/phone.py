"""Phone numbers in canonical form, from any spelling."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from reunite.core.identifiers.phone_text import MAX_DIGITS, NOT_ONE, Written, read_number

_BARE = re.compile(r"(\+?)([0-9]{1,15})")
# Numbers that cost the caller nothing, or more, are the ones that are spelt in letters; read
# without a country, these are known by how they begin.
_SPELT_EVERYWHERE = re.compile(r"1?(?:8(?:00|33|44|55|66|77|88)|900)\d{0,4}|0[789]00|1300")
_MIN_LETTERS = 3
_BRAZILIAN_OF_EIGHT = re.compile(r"([1-9][1-9])([6-9]\d{7})")
_MEXICAN_MOBILE = re.compile(r"1(\d{10})")
_ARGENTINE = re.compile(r"[1-8]\d{9}")


def read_phone(given: str, *, region: str | None, fold_mobile: bool) -> str:
    """E.164 for a valid number, else digits and ``+``; then ``;ext=`` where there is an extension.

    Raises ValueError, saying what to send, for what is not one number.
    """
    if bare := _BARE.fullmatch(given):
        if region is None and not bare[1]:
            return given  # No country says whether it is valid.
        written = Written(bare[2], bool(bare[1]))
    else:
        written = read_number(given)
    key = _key(written, region, fold_mobile=fold_mobile)
    # People behind one switchboard differ only by their extension.
    return f"{key};ext={written.extension}" if written.extension else key


def _key(written: Written, region: str | None, *, fold_mobile: bool) -> str:
    is_alone = not (written.letters or written.has_remark)
    if is_alone or written.has_remark:
        bare = _dialled(written, written.digits)
        valid = None
        if written.has_plus or region is not None:
            valid = valid_number(bare, region, fold_mobile=fold_mobile)
        if valid is not None or is_alone:
            return valid or bare
    return _spelt(written, region, fold_mobile=fold_mobile)


def _spelt(written: Written, region: str | None, *, fold_mobile: bool) -> str:
    """The key of a number whose end is spelt in letters; raises ValueError if it is no such one."""
    if len(written.letters) < _MIN_LETTERS:
        raise ValueError(NOT_ONE)
    bare = _dialled(written, written.digits + written.letters)
    if written.has_plus or region is not None:
        # Of a word that is longer than the number, the last letters are dialled for nothing.
        valid = valid_number(bare, region, fold_mobile=fold_mobile, cut=True)
        if valid is not None:
            return valid
    if len(bare) > MAX_DIGITS or not _SPELT_EVERYWHERE.fullmatch(written.digits):
        raise ValueError(NOT_ONE)
    return bare


def _dialled(written: Written, digits: str) -> str:
    return f"+{digits}" if written.has_plus else digits


def valid_number(
    text: str, region: str | None, *, fold_mobile: bool = False, cut: bool = False
) -> str | None:
    """E.164 of a number that is valid by its country's numbering plan; else None.

    ``cut`` leaves out digits that are too many at its end.
    """
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if fold_mobile:
        number = _folded(number)
    is_valid = phonenumbers.is_valid_number(number) or (
        cut and phonenumbers.truncate_too_long_number(number)
    )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if is_valid else None


def _folded(number: PhoneNumber) -> PhoneNumber:
    """A mobile number in the one of its two spellings that is valid, where a country has two.

    Brazil put a 9 before numbers of eight digits; Mexico had a 1, and Argentina has a 9, for calls
    from abroad. Argentine numbers of both kinds get it, since no mobile number is also a fixed one.
    """
    national = phonenumbers.national_significant_number(number)
    match number.country_code:
        case 55 if old := _BRAZILIAN_OF_EIGHT.fullmatch(national):
            national = f"{old[1]}9{old[2]}"
        case 52 if mobile := _MEXICAN_MOBILE.fullmatch(national):
            national = mobile[1]
        case 54 if _ARGENTINE.fullmatch(national):
            national = f"9{national}"
        case _:
            return number
    other = PhoneNumber(country_code=number.country_code, national_number=int(national))
    return other if phonenumbers.is_valid_number(other) else number
