"""The error of a file without a known column of contact details."""

from collections.abc import Sequence
from shlex import quote

from reunite.core.imports.records.naming import is_value, listed, named
from reunite.core.imports.records.recognised import KNOWN, stands_for_another
from reunite.core.imports.records.sampled import Sampled


def without_columns(
    names: Sequence[str], sampled: Sampled, declared: Sequence[str] = (), *, has_header: bool
) -> str:
    """The error of a file without a known column of contact details.

    ``declared`` are the kinds of identifier that the policy declares.
    """
    told = _without_columns(names, sampled, has_header=has_header)
    if not names or not declared:
        return told
    return f"{told}; name those of {', '.join(declared)} with --identifier KIND=COLUMN"


def _without_columns(names: Sequence[str], sampled: Sampled, *, has_header: bool) -> str:
    if not names:
        return (
            "has no object with fields: it is empty, or its objects are neither one in each line "
            "nor all in one array"
        )
    told = (
        f"has no column that looks like an email or a phone number {listed(names, known=KNOWN)}: "
    )
    if has_header and any("@" in name and is_value(name) for name in names):
        return "has an email in its first line, so that is a row: put the columns' names above it"
    options = [
        f"{option}={quote(_sayable(names, index))}"
        for option, indexes in (("--email", sampled.emails), ("--phone", sampled.phone_numbers))
        for index in sorted(indexes)
        if not stands_for_another(names[index])
    ]
    if options:
        return f"{told}by their cells, say {' '.join(options)}"
    if not has_header:
        return (
            f"{told}name them with --email and --phone, by their paths like billing.email; if the "
            "orders are in an array of another name or form, write each as an object of its own"
        )
    if len(names) == 1:
        return (
            f"{told}name it with --email or --phone, or write a comma, a semicolon, a tab or | "
            "between the values of a line"
        )
    return (
        f"{told}name them with --email and --phone, by their names or like 'column 2', or put the "
        "columns' names above the rows"
    )


def _sayable(names: Sequence[str], index: int) -> str:
    name = named(names, index, known=KNOWN)
    return name if name == names[index] else f"column {index + 1}"
