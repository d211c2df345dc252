"""What people and programs type where an email or a phone number is demanded and none is given.

Shops find the same few addresses in thousands of orders. A mailbox of a role may be real: it is a
way to reach a person, and does not identify the person.
"""

import re
from dataclasses import dataclass

from reunite.core.identifiers.kinds import Identifier, Kind

# RFC 2142, and the names that programs and firms give to mailboxes without an owner.
ROLE_NAMES = frozenset(
    {
        "abuse", "accounting", "accounts", "admin", "administrator", "billing", "bounce", "bounces",
        "contact", "customerservice", "do-not-reply", "do_not_reply", "donotreply", "enquiries",
        "ftp", "help", "helpdesk", "hostmaster", "info", "inquiries", "kontakt", "mailer-daemon",
        "marketing", "news", "newsletter", "no-reply", "no.reply", "no_reply", "noc", "noreply",
        "office", "orders", "postmaster", "root", "sales", "security", "service", "support",
        "usenet", "uucp", "webmaster", "www",
    }
)  # fmt: skip
FILLER_NAMES = frozenset(
    {
        "abc", "anonymous", "asd", "asdf", "asdfasdf", "customer", "declined", "dummy", "example",
        "fake", "guest", "na", "no", "no-email", "no-mail", "no.email", "no.mail", "no_email",
        "no_mail", "nobody", "noemail", "nomail", "none", "noone", "notgiven", "notprovided",
        "null", "nul", "qwerty", "refused", "test", "test1", "test123", "tester", "testing",
        "testtest", "undefined", "unknown", "user",
    }
)  # fmt: skip
MAIL_PROVIDERS = frozenset(
    {
        "aol", "email", "gmail", "gmx", "googlemail", "hotmail", "icloud", "live", "mail", "me",
        "msn", "outlook", "proton", "protonmail", "web", "yahoo",
    }
)  # fmt: skip
FILLER_PHONES = (
    r"\+?1?(?:0?12345678|0?123456789|01234567890?|1234567890?|9876543210?)|\+?[0-9]{1,2}"
)
MASKED_NAME = r"[a-z0-9]?x{3,}[a-z0-9]?"
"""The names that programs write before the @ in place of a person's name."""
_MASKED_NAME = re.compile(MASKED_NAME, re.ASCII)
_FILLER_PHONE = re.compile(FILLER_PHONES)
_SAME_SIGN = re.compile(r"(.)\1*")


@dataclass(frozen=True, slots=True)
class Fillers:
    """Values that count as placeholders: those that are ``known`` here, and a policy's own.

    ``names`` are the parts before the @ of the mailboxes of roles, at any domain.
    """

    known: bool = False
    emails: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()


NO_FILLERS = Fillers()


def is_role(key: str, names: frozenset[str]) -> bool:
    """Whether a canonical email has one of these names before the @ or the plus tag."""
    return key.rpartition("@")[0].partition("+")[0] in names


def is_known_filler(identifier: Identifier) -> bool:
    """Whether an identifier is a filler: many clients type it, and it belongs to no person."""
    if identifier.kind is Kind.PHONE:
        return _FILLER_PHONE.fullmatch(identifier.key.partition(";")[0]) is not None
    local, _, domain = identifier.key.rpartition("@")
    label = domain.partition(".")[0]
    if _MASKED_NAME.fullmatch(local) or (local == label and _SAME_SIGN.fullmatch(local)):
        return True
    return local in FILLER_NAMES and (label in MAIL_PROVIDERS or label in FILLER_NAMES)
