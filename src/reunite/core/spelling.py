"""Which known name was meant: an unknown name may be another spelling of a known one."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import islice

# What other systems call fields whose values would be missed, folded.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "email": (
        *("emailaddress", "emailaddr", "emailid", "mail", "mailaddress"),
        *("billingemail", "contactemail", "customeremail", "primaryemail", "useremail"),
    ),
    "phoneNumber": (
        *("phone", "phoneno", "telephone", "telephonenumber", "tel", "telno", "telnumber"),
        *("mobile", "mobileno", "mobilenumber", "mobilephone", "cell", "cellnumber", "cellphone"),
        *("billingphone", "contactphone", "customerphone", "primaryphone", "userphone"),
        *("homephone", "workphone", "contactnumber", "msisdn", "whatsapp"),
    ),
    "types": ("events", "eventtypes", "enabledevents"),
    "url": ("endpoint", "endpointurl", "webhookurl", "callback", "callbackurl", "target"),
}
# No known name is longer than this.
_MAX_LENGTH = 32
# Where more names than these are unknown, only equal spellings are looked for: comparing is slow.
_MAX_COMPARED = 50
# Unknown names after these are not looked at: a body of a megabyte may hold a hundred thousand.
_MAX_UNKNOWN = 1_000
# The same clients send the same names again.
_MAX_KEPT = 4_096
# Policies declare names, too, so there may be any number of sets of known names.
_MAX_SETS = 256


def misspelt(names: Iterable[str], known: Collection[str], *, slips: bool = True) -> dict[str, str]:
    """Those of ``names`` that are another spelling of a known name, each with that name.

    Of the names that are not known, the first thousand are looked at. ``slips`` as in ``near``.
    """
    unknown = list(islice((each for each in names if each not in known), _MAX_UNKNOWN))
    slips = slips and len(unknown) <= _MAX_COMPARED
    found = {each: near(each, known, slips=slips) for each in unknown}
    return {name: meant for name, meant in found.items() if meant is not None}


def near(name: str, known: Iterable[str], *, slips: bool = True) -> str | None:
    """The known name that ``name`` is another spelling of; None if there is none.

    Case, hyphens, underscores, other signs and a number at the end do not count; with ``slips``
    also no slip of the hand: one in a known name of four letters, two in one of eight.
    """
    return None if len(name) > _MAX_LENGTH else _near(name, frozenset(known), slips)


@lru_cache(maxsize=_MAX_KEPT)
def _near(name: str, known: frozenset[str], slips: bool) -> str | None:
    given = _fold(name)
    own, aliases = _spellings(known)
    meant = own.get(given) or aliases.get(given)
    if meant is not None or not slips:
        return meant
    found = [(beyond, each) for each in own if (beyond := _beyond(given, each)) <= 0]
    return own[min(found)[1]] if found else None


@lru_cache(maxsize=_MAX_SETS)
def _spellings(known: frozenset[str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The known names by their folded spellings, and by their aliases."""
    own = {_fold(each): each for each in known}
    return own, {alias: each for each in known for alias in _ALIASES.get(each, ())}


def _fold(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum()).rstrip("0123456789")


def _beyond(given: str, own: str) -> int:
    """How many slips there are beyond those that are allowed; any number from 1 if too many."""
    short, long = 4, 8
    allowed = (len(own) >= short) + (len(own) >= long)
    # Each slip changes the length by one, and the letters by two.
    if abs(len(given) - len(own)) > allowed or len(set(given) ^ set(own)) > 2 * allowed:
        return 1
    return _slips(given, own) - allowed


def _slips(left: str, right: str) -> int:
    """How many letters are too many, missing, wrong, or exchanged with the next one.

    It is the restricted Damerau-Levenshtein distance: no letter is exchanged twice.
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, start=1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(right, start=1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
    return row[-1]
