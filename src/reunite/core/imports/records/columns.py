"""Which columns hold what: those a user names, else those whose names are recognised."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from reunite.core.imports.files import Columns, Unreadable, plain
from reunite.core.imports.records.declared import by_kind, require_few
from reunite.core.imports.records.missing import without_columns
from reunite.core.imports.records.naming import holds_value, is_value, listed, named
from reunite.core.imports.records.recognised import (
    KNOWN,
    by_plain_name,
    columns_of_kinds,
    found_by,
    is_known,
    looks_like_contact,
    looks_like_email,
    looks_like_time,
    recognised,
    stands_for_another,
)
from reunite.core.imports.records.sampled import NOTHING_SAMPLED, Sampled

_OPTIONS = {
    "email": "--email",
    "phone_number": "--phone",
    "identifiers": "--identifier",
    "created_at": "--created-at",
    "external_id": "--external-id",
    "source": "--source",
}
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where among a file's names the columns stand; ``unread``: others that look like contacts.

    ``may_be_times``: those that look like times, where none is read. ``by_user``: the names that a
    user gave, or the policy as names of kinds. ``sampled``: the contents of columns by their cells,
    not by their names. ``identifiers``: the columns of declared kinds, each with its kind.
    """

    email: tuple[int, ...]
    phone_number: tuple[int, ...]
    created_at: int | None
    external_id: int | None
    source: int | None
    unread: tuple[int, ...] = ()
    may_be_times: tuple[int, ...] = ()
    by_user: frozenset[str] = frozenset()
    sampled: Sampled = NOTHING_SAMPLED
    identifiers: tuple[tuple[str, int], ...] = ()

    @property
    def wanted(self) -> tuple[int, ...]:
        """All that are read: emails, phone numbers, declared kinds, and the others that exist."""
        rest = (self.created_at, self.external_id, self.source)
        others = (each for each in rest if each is not None)
        return (*self.email, *self.phone_number, *self._of_kinds, *others)

    @property
    def exact(self) -> tuple[int, ...]:
        """Those whose values tell apart persons or orders: another digit is another one."""
        return (*self.phone_number, *self._of_kinds, *_tuple(self.external_id))

    @property
    def _of_kinds(self) -> tuple[int, ...]:
        return tuple(index for _, index in self.identifiers)

    def fields(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """The names of all that are wanted, each with the field that it is read as."""
        others = ("created_at", "external_id", "source")
        given = [each for each in others if getattr(self, each) is not None]
        fields = [
            *["email"] * len(self.email),
            *["phone_number"] * len(self.phone_number),
            *(f"identifiers.{kind}" for kind, _ in self.identifiers),
            *given,
        ]
        return [(names[index], field) for index, field in zip(self.wanted, fields, strict=True)]


def choose(
    names: Sequence[str],
    asked: Columns,
    *,
    has_times: bool = True,
    start: str = "",
    sampled: Sampled = NOTHING_SAMPLED,
    has_header: bool = True,
) -> Chosen:
    """The columns that are asked for; else those whose names are recognised.

    What cells are (``sampled``) chooses no column; it is told where names say nothing.
    ``has_header``: whether the names are the first line of a text.

    Raises Unreadable, with a message that goes on from ``start``, for a column asked for that is
    not there, or if there is no column of an email, a phone number or a declared kind.
    """
    known = by_plain_name(names if asked.recognises else ())
    _several(names, [name for _, name in asked.identifiers], "identifiers", start)
    identifiers = columns_of_kinds(names, asked)
    require_few(identifiers, start)
    of_kinds = {index for _, index in identifiers}
    known = {name: index for name, index in known.items() if index not in of_kinds}
    emails, phones = (
        _several(names, getattr(asked, field), field, start) or tuple(recognised(known, field))[:1]
        for field in ("email", "phone_number")
    )
    if not emails and not phones and not identifiers:
        told = without_columns(names, sampled, asked.declared, has_header=has_header)
        raise Unreadable(f"{start}{told}")
    created_at, external_id, source = (
        next(
            iter(_several(names, (name,), field, start) if name else recognised(known, field)),
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
                    *(names[index] for index in of_kinds),
                ),
            )
        ),
        sampled=sampled,
        identifiers=tuple(identifiers),
    )
    others = [index for index in range(len(names)) if index not in chosen.wanted]
    times = others if has_times and chosen.created_at is None else []
    return replace(
        chosen,
        unread=tuple(
            index
            for index in others
            if looks_like_contact(names[index])
            or (_is_sampled(index, sampled) and not stands_for_another(names[index]))
        ),
        may_be_times=tuple(index for index in times if looks_like_time(names[index])),
    )


def name_of(names: Sequence[str], index: int, chosen: Chosen) -> str:
    """What a message calls a column: its name, unless that may be a person's value.

    It is none where the user gave the name, or where it is made of names of columns alone.
    """
    name = names[index]
    if (name in chosen.by_user or is_known(name)) and not holds_value(name):
        return plain(name)
    return named(names, index, known=KNOWN)


def columns_of(names: Sequence[str], chosen: Chosen) -> dict[str, list[str]]:
    """The names of the columns of each field in messages, in their order."""
    found: dict[str, list[str]] = {}
    for index, (_, field) in zip(chosen.wanted, chosen.fields(names), strict=True):
        # All declared kinds are one field: their columns are numbered together.
        of_all = field.partition(".")[0]
        found.setdefault(of_all, []).append(name_of(names, index, chosen))
    return found


def told(names: Sequence[str], chosen: Chosen) -> Iterator[str]:
    """Which column is read as what, and which are not read, in words."""
    read = (
        (", ".join(name_of(names, index, chosen) for index in indexes), field)
        for field, indexes in (
            ("email", chosen.email),
            ("phone", chosen.phone_number),
            *by_kind(chosen.identifiers).items(),
            ("time", _tuple(chosen.created_at)),
            ("external id", _tuple(chosen.external_id)),
            ("source", _tuple(chosen.source)),
        )
        if indexes
    )
    yield "reads " + ", ".join(f"{name} as {field}" for name, field in read)
    yield from _swapped(names, chosen)
    if chosen.unread:
        unread = ", ".join(
            _which(names, index, chosen) + _what(names, index, chosen) for index in chosen.unread
        )
        yield f"does not read {unread}: to have all read, {_to_read_all(names, chosen)}"
    if chosen.may_be_times:
        times = ", ".join(name_of(names, index, chosen) for index in chosen.may_be_times)
        first = quote(_sayable(names, chosen.may_be_times[0], chosen))
        yield (
            f"reads no times, so rows are of the time of the import: if {times} says when an order "
            f"came, say --created-at={first}"
        )


def _which(names: Sequence[str], index: int, chosen: Chosen) -> str:
    """The name of a column, and which of several it is."""
    name = name_of(names, index, chosen)
    before = names[:index].count(names[index])
    if not before or name != names[index]:
        return name
    return f"the {_ORDINALS[before]} {name}" if before < len(_ORDINALS) else f"another {name}"


def _swapped(names: Sequence[str], chosen: Chosen) -> Iterator[str]:
    """The error of a column of emails that holds phone numbers, or the reverse."""
    sampled = chosen.sampled
    phones = [each for each in chosen.email if each in sampled.phone_numbers]
    emails = [each for each in chosen.phone_number if each in sampled.emails]
    for indexes, what, option in ((phones, "phone numbers", "phone"), (emails, "emails", "email")):
        for index in indexes:
            asked = quote(_sayable(names, index, chosen))
            yield f"{name_of(names, index, chosen)} holds {what}: say --{option}={asked}"


def _what(names: Sequence[str], index: int, chosen: Chosen) -> str:
    """The content of a column by its cells, if the name does not say it."""
    if looks_like_contact(names[index]):
        return ""
    return " (emails)" if index in chosen.sampled.emails else " (phone numbers)"


def _is_sampled(index: int, sampled: Sampled) -> bool:
    return index in sampled.emails or index in sampled.phone_numbers


def _to_read_all(names: Sequence[str], chosen: Chosen) -> str:
    """The options that read all columns: a name stands for all columns that have it."""
    emails, phones = (
        [index for index in chosen.unread if _is_email(names, index, chosen) is is_email]
        for is_email in (True, False)
    )
    options = (
        f"{_OPTIONS[field]}={quote(_sayable(names, index, chosen))}"
        for field, read, unread in (
            ("email", chosen.email, emails),
            ("phone_number", chosen.phone_number, phones),
        )
        if unread
        for index in (*read, *unread)
    )
    return f"say {' '.join(dict.fromkeys(options))}"


def _is_email(names: Sequence[str], index: int, chosen: Chosen) -> bool:
    if _is_sampled(index, chosen.sampled):
        return index in chosen.sampled.emails
    return looks_like_email(names[index])


def _sayable(names: Sequence[str], index: int, chosen: Chosen) -> str:
    """The name of a column for users: its name if messages may quote it, else its number."""
    name = name_of(names, index, chosen)
    return name if name == names[index] else f"column {index + 1}"


def _several(names: Sequence[str], asked: Iterable[str], field: str, start: str) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for name in asked:
        indexes = found_by(names, name)
        if any(name != names[index] and is_value(names[index]) for index in indexes):
            raise Unreadable(
                f"{start}has a value where {name} has its name, so its first line is a row: put "
                "the columns' names above the rows"
            )
        if not indexes:
            raise Unreadable(
                f"{start}has no column of the name that {_OPTIONS[field]} gives, {_among(names)}"
            )
        found |= dict.fromkeys(indexes)
    return tuple(found)


def _among(names: Sequence[str]) -> str:
    return listed(names, known=KNOWN)


def _tuple(index: int | None) -> tuple[int, ...]:
    return () if index is None else (index,)
