"""Which columns hold what: those a user names, else those whose names are recognised."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from shlex import quote

from reunite.core.imports.files import Columns, Unreadable, plain
from reunite.core.imports.records.naming import holds_value, listed, named

# By whoever exports: shops, mailing lists, address books. The first that a file has is read.
_RECOGNISED = {
    "email": """email emailaddress mail mailaddress primaryemail primaryemailaddress customeremail
        useremail contactemail emailid email1 email1value email1address emailaddress1
        billingemail billingemailaddress personalemail homeemail workemail
        emailadresse mailadresse adresseemail adressemail courriel correo correoelectronico
        indirizzoemail emailadres epost""",
    "phone_number": """phone phonenumber tel telephone telephonenumber mobile mobilephone
        mobilenumber mobilephonenumber cell cellphone cellnumber cellphonenumber customerphone
        contactphone contactnumber userphone primaryphone primaryphonenumber phone1 phone1value
        phonenumber1 homephone homephonenumber billingphone billingphonenumber billingtelephone
        defaultaddressphone addresstelephone workphone businessphone whatsapp whatsappnumber
        telefon telefonnummer handy handynummer mobil mobilnummer mobiltelefon rufnummer
        telefono telefone telefoon numerodetelephone portable celular movil cellulare""",
    "created_at": """createdat created createdtime createddate createdon createdatutc createdutc
        createdate creationdate creationtime datecreated orderedat orderdate datetime date timestamp
        time purchasedate profilecreatedon dateadded customersince signupdate registrationdate
        ordertime orderedon ordercreatedat ordercreateddate saledate paidondate transactiondate
        dateregistered confirmtime optintime subscribedat processedat placedat
        datum bestelldatum erstelltam fecha""",
    "external_id": "externalid",
    "source": "source",
}
# What else they are called: by whose detail it is, before or behind the kind.
_OWNER_NAMES = """
    buyer customer client user member guest person profile account contact subscriber order
    kaufer kunde kunden besteller acheteur comprador cliente
    billing bill invoice rechnung recipient receiver consignee empfanger destinatario destinataire
    shipping ship delivery lieferung liefer
"""
_OWNERS = _OWNER_NAMES.split()
# Behind the kind these make another meaning: a phone order, an email delivery.
_BEFORE_ALONE = {"user", "profile", "account", "contact", "subscriber", "order", "delivery"}
_BETWEEN = ("to", "of", "the", "my", "s", "primary", "main", "default", "personal", "1")
_KINDS = {
    "email": ("emailaddress|emailid|email|mailaddress", ""),
    "phone_number": (
        "(?:tele|mobile|cell)?phone(?:number|no)?|telefon(?:nummer|o)?|mobilenumber",
        "mobile",
    ),
}
_FIELDS = {field: tuple(names.split()) for field, names in _RECOGNISED.items()}
_KNOWN = frozenset(chain(*_FIELDS.values(), _OWNERS))
_MADE_OF = {
    field: re.compile(rf"(?!to)(?:{before})*(?:(?:{kinds})(?:{behind})*{or_last})")
    for field, (kinds, last) in _KINDS.items()
    for before in ["|".join((*_OWNERS, *_BETWEEN))]
    for behind in ["|".join((*(each for each in _OWNERS if each not in _BEFORE_ALONE), *_BETWEEN))]
    for or_last in [f"|{last}" if last else ""]
}
_OPTIONS = {
    "email": "--email",
    "phone_number": "--phone",
    "created_at": "--created-at",
    "external_id": "--external-id",
    "source": "--source",
}
_CONTACT = re.compile(r"mail|phone|telefon|mobil|^cell|handy|^tel|celular|movil|whatsapp|courriel")
# About a detail, or a campaign, and no detail.
_NO_CONTACT = re.compile(
    r"market|optin|optout|subscri|consent|status|type$|label$|verified|valid|confirm|phonetic"
    r"|bounc|count|date|time|last|sent|open|click|domain|template|list|accept|mailing|permission"
    r"|^to(?:e?mail|phone)|street|city|zip|postal|state|country|mailchimp|quarantine|reason|source|prefix|extension"
)
_EMAIL = re.compile(r"mail|courriel|correo|epost")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_IN_BRACKETS = re.compile(r"\(.*\)|\[.*\]")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where among a file's names the columns stand; ``unread``: others that look like contacts.

    ``by_user``: the names that a user gave.
    """

    email: tuple[int, ...]
    phone_number: tuple[int, ...]
    created_at: int | None
    external_id: int | None
    source: int | None
    unread: tuple[int, ...] = ()
    by_user: frozenset[str] = frozenset()

    @property
    def wanted(self) -> tuple[int, ...]:
        """All that are read: emails, phone numbers, and those of the others that there are."""
        rest = (self.created_at, self.external_id, self.source)
        return (*self.email, *self.phone_number, *(each for each in rest if each is not None))

    def fields(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """The names of all that are wanted, each with the field that it is read as."""
        others = ("created_at", "external_id", "source")
        given = [each for each in others if getattr(self, each) is not None]
        fields = ["email"] * len(self.email) + ["phone_number"] * len(self.phone_number) + given
        return [(names[index], field) for index, field in zip(self.wanted, fields, strict=True)]


def choose(
    names: Sequence[str], asked: Columns, *, has_times: bool = True, start: str = ""
) -> Chosen:
    """The columns that are asked for; else those whose names are recognised.

    Raises Unreadable, with a message that goes on from ``start``, for a column asked for that is
    not there, or if there is neither an email nor a phone number.
    """
    known = _by_plain_name(names)
    emails, phones = (
        _several(names, getattr(asked, field), field, start) or tuple(_recognised(known, field))[:1]
        for field in ("email", "phone_number")
    )
    if not emails and not phones:
        raise Unreadable(
            f"{start}has no column that looks like an email or a phone number {_among(names)}: "
            "name them with --email and --phone, or put the columns' names above the rows"
        )
    created_at, external_id, source = (
        next(
            iter(_several(names, (name,), field, start) if name else _recognised(known, field)),
            None,
        )
        for field, name in (
            ("created_at", asked.created_at if has_times else None),
            ("external_id", asked.external_id),
            ("source", asked.source),
        )
    )
    chosen = Chosen(
        emails,
        phones,
        created_at if has_times else None,
        external_id,
        source,
        by_user=frozenset(
            filter(
                None,
                (
                    *asked.email,
                    *asked.phone_number,
                    asked.created_at,
                    asked.external_id,
                    asked.source,
                ),
            )
        ),
    )
    unread = (
        index
        for index, name in enumerate(names)
        if index not in chosen.wanted and looks_like_contact(name)
    )
    return replace(chosen, unread=tuple(unread))


def recognised_count(names: Sequence[str], asked: Columns) -> int:
    """How many of the names are asked for or recognised; 0 without an email or a phone number."""
    known = _by_plain_name(names)
    wanted = {*asked.email, *asked.phone_number}
    details = sum(name.strip() in wanted for name in names)
    details += sum(1 for field in ("email", "phone_number") for _ in _recognised(known, field))
    others = ("created_at", "external_id", "source")
    return details and details + sum(1 for field in others for _ in _recognised(known, field))


def looks_like_contact(name: str) -> bool:
    """Whether a column of this name probably holds emails or phone numbers."""
    letters = _plain(name)
    return bool(_CONTACT.search(letters)) and not _NO_CONTACT.search(letters)


def name_of(names: Sequence[str], index: int, chosen: Chosen) -> str:
    """What a message calls a column: its name, unless that may be a person's value.

    It is none where the user gave the name, or where it is made of names of columns alone.
    """
    name = names[index]
    if (name in chosen.by_user or _is_known(name)) and not holds_value(name):
        return plain(name)
    return named(names, index, known=_KNOWN)


def columns_of(names: Sequence[str], chosen: Chosen) -> dict[str, list[str]]:
    """What messages call the columns of each field, in their order."""
    found: dict[str, list[str]] = {}
    for index, (_, field) in zip(chosen.wanted, chosen.fields(names), strict=True):
        found.setdefault(field, []).append(name_of(names, index, chosen))
    return found


def told(names: Sequence[str], chosen: Chosen) -> Iterator[str]:
    """Which column is read as what, and which are not read, in words."""
    read = (
        (", ".join(name_of(names, index, chosen) for index in indexes), field)
        for field, indexes in (
            ("email", chosen.email),
            ("phone", chosen.phone_number),
            ("time", _tuple(chosen.created_at)),
            ("external id", _tuple(chosen.external_id)),
            ("source", _tuple(chosen.source)),
        )
        if indexes
    )
    yield "reads " + ", ".join(f"{name} as {field}" for name, field in read)
    if chosen.unread:
        unread = ", ".join(_which(names, index, chosen) for index in chosen.unread)
        yield f"does not read {unread}: to have all read, {_to_read_all(names, chosen)}"


def _which(names: Sequence[str], index: int, chosen: Chosen) -> str:
    """The name of a column, and which of several it is."""
    name = name_of(names, index, chosen)
    before = names[:index].count(names[index])
    if not before or name != names[index]:
        return name
    return f"the {_ORDINALS[before]} {name}" if before < len(_ORDINALS) else f"another {name}"


def _to_read_all(names: Sequence[str], chosen: Chosen) -> str:
    """What to say to have all read: a name stands for all columns that have it."""
    wanted = (*chosen.email, *chosen.phone_number, *chosen.unread)
    if any(name_of(names, index, chosen) != names[index] for index in wanted):
        return "name each of them, and those that are read, with --email or --phone"
    emails, phones = (
        [index for index in chosen.unread if bool(_EMAIL.search(_plain(names[index]))) is is_email]
        for is_email in (True, False)
    )
    options = (
        f"{_OPTIONS[field]}={quote(name_of(names, index, chosen))}"
        for field, read, unread in (
            ("email", chosen.email, emails),
            ("phone_number", chosen.phone_number, phones),
        )
        if unread
        for index in (*read, *unread)
    )
    return f"say {' '.join(dict.fromkeys(options))}"


def _is_known(name: str) -> bool:
    return bool(recognised_count([name], Columns()))


def _several(names: Sequence[str], asked: Iterable[str], field: str, start: str) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for name in asked:
        indexes = [index for index, each in enumerate(names) if each == name]
        if not indexes:
            raise Unreadable(
                f"{start}has no column of the name that {_OPTIONS[field]} gives, {_among(names)}"
            )
        found |= dict.fromkeys(indexes)
    return tuple(found)


def _recognised(known: dict[str, int], field: str) -> Iterator[int]:
    """Each column once: those of known names, then those of names that are made of known words."""
    found = [known[each] for each in _FIELDS[field] if each in known]
    if made_of := _MADE_OF.get(field):
        made = filter(made_of.fullmatch, known)
        found += (known[each] for each in sorted(made, key=_owner_rank))
    return iter(dict.fromkeys(found))


def _owner_rank(plain_name: str) -> int:
    """Who ordered goes before who receives."""
    return min((rank for rank, owner in enumerate(_OWNERS) if owner in plain_name), default=-1)


def _by_plain_name(names: Sequence[str]) -> dict[str, int]:
    """The first column of each plain name; a remark in brackets, like (UTC), may be missing."""
    found: dict[str, int] = {}
    for plain_of in (_plain, lambda name: _plain(_IN_BRACKETS.sub("", name))):
        for index, name in enumerate(names):
            found.setdefault(plain_of(name), index)
    return found


def _plain(name: str) -> str:
    """Letters and digits alone, without accents and case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name))).lower()


def _among(names: Sequence[str]) -> str:
    return listed(names, known=_KNOWN)


def _tuple(index: int | None) -> tuple[int, ...]:
    return () if index is None else (index,)
