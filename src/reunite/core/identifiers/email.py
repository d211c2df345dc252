"""Email addresses in canonical form, from any spelling."""

import re
import unicodedata

import idna

from reunite.core.identifiers.wrapping import decoded, unquoted, without_invisible

EMAIL_MAX_LENGTH = (
    254  # RFC 5321, 4.5.3.1.3 (a path of 256 with its brackets), as in RFC 3696 erratum 1690.
)
EMAIL_LOCAL_MAX_LENGTH = 64  # RFC 5321, 4.5.3.1.1.

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST_NAME = rf"{_LABEL}(?:\.{_LABEL})+"
_SIGN = r"a-z0-9!$+/=?^_`{|}~.-"
PLAIN_EMAIL = rf"[{_SIGN}]['{_SIGN}]{{0,{EMAIL_LOCAL_MAX_LENGTH - 1}}}@{HOST_NAME}"
"""A whole email in lower case that is canonical as it is.

Without what may begin a quoted text, an entity of HTML or an escape of URLs: ``'``, ``&``, ``%``;
and without ``*`` and ``#``, which may hide characters. One that holds HIDDEN_BY_DOTS is masked.
"""

_HOST_NAME = re.compile(HOST_NAME, re.ASCII)
_PLAIN = re.compile(PLAIN_EMAIL, re.ASCII)
_NAMED = re.compile(r"[^<>]*<([^<>]+)>")
_LABELLED = re.compile(r"(?:mailto|e-?mail|smtp)\s*:\s*")
_QUOTED_LOCAL = re.compile(r'"([^"\\]+)"(?=@)')
# What RFC 5321 allows in quotes only, a sign that stands for lost ones, and escapes of URLs.
_NOT_IN_LOCAL_PART = re.compile(r'[\s\x00-\x1f\x7f-\x9f()<>\[\],;:\\"@\ufffd]|%[0-9a-f]{2}')
HIDDEN_BY_DOTS = "..."
"""An ellipsis after NFKC: ``joh…@hillvalley.edu``. Some real addresses have two dots."""
# A star among other signs than those of names may be a real one, as in !#$*@hillvalley.edu.
_MASKED = re.compile(
    r"[\w.+-]*\*[\w.+*-]*|.*(?:\*\*|##|[\u2022\u2024\u2217\u2219\u25aa\u25cf\u25e6\u2588]).*"
)
_GMAIL = frozenset({"gmail.com", "googlemail.com"})

TOO_LONG = (
    f"Too long for an email address: send at most {EMAIL_MAX_LENGTH} characters, "
    f"at most {EMAIL_LOCAL_MAX_LENGTH} of them before the @."
)
MASKED = (
    "A masked email address: some of its characters are hidden. Send the whole address, like "
    "lorraine@hillvalley.edu."
)
_NO_EMAIL = "Not an email address: send one like lorraine@hillvalley.edu."


def read_email(given: str, *, fold_gmail: bool) -> str:
    """The canonical form of an email of at most EMAIL_MAX_LENGTH characters.

    Raises ValueError, saying what to send, for what is none.
    """
    text = given.strip()
    if text.isascii() and _PLAIN.fullmatch(plain := text.lower()):
        local, _, domain = plain.rpartition("@")
    else:
        local, at, domain = _bare(text).rpartition("@")
        if not at or not local or _NOT_IN_LOCAL_PART.search(local):
            raise ValueError(_NO_EMAIL)
        if _MASKED.fullmatch(local):
            raise ValueError(MASKED)
        domain = ascii_domain(domain)
    if HIDDEN_BY_DOTS in local:
        raise ValueError(MASKED)
    return joined(local, domain, fold_gmail=fold_gmail)


def joined(local: str, domain: str, *, fold_gmail: bool) -> str:
    """The canonical email of a local part and an ASCII domain; raises ValueError if too long."""
    if fold_gmail and domain in _GMAIL:
        local, domain = _folded(local), "gmail.com"
    key = f"{local}@{domain}"
    if len(local) > EMAIL_LOCAL_MAX_LENGTH or len(key) > EMAIL_MAX_LENGTH:
        raise ValueError(TOO_LONG)
    return key


def ascii_domain(domain: str) -> str:
    """The domain in IDNA ASCII; raises ValueError for what is none."""
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            domain = ""
    if not _HOST_NAME.fullmatch(domain):
        raise ValueError("Not an email address: send a domain like hillvalley.edu after the @.")
    return domain


def lower_case(text: str) -> str:
    """NFKC in lower case; raises ValueError if that is too long for an email."""
    # Lower-casing can take a value out of NFKC ("İ"), so it is normalised on both sides.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    # One compatibility character can stand for eighteen, and a domain is read slowly.
    if len(text) > EMAIL_MAX_LENGTH:
        raise ValueError(TOO_LONG)
    return text


def _bare(text: str) -> str:
    """In lower case, without what programs and people write around an email address."""
    before = None
    while text != before:
        before = text
        text = decoded(lower_case(text))
        local, at, domain = text.rpartition("@")
        # Some languages need joiners in domains; IDNA says where.
        text = without_invisible(local) + at + without_invisible(domain, but_joiners=True)
        text = unquoted(text.strip()).lstrip(",;").rstrip(".,;。")
        if named := _NAMED.fullmatch(text):
            text = named[1]
        if labelled := _LABELLED.match(text):
            text = text[labelled.end() :]
        if quoted := _QUOTED_LOCAL.match(text):
            text = quoted[1] + text[quoted.end() :]
    return text


def _folded(local: str) -> str:
    """The part by which Gmail delivers: without dots and plus tags, unless nothing is left."""
    return local.partition("+")[0].replace(".", "") or local
