"""Values of declared kinds in files: each row's together, as JSON, read by the policy in Python.

``given.others`` has the values as the file gives them: objects with the number of the column among
those of declared kinds, the kind and the text. ``others_read`` has each such text once, with the
values that the row keeps (``kept``, as the column ``others`` of a contact), and what is wrong.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import orjson

from reunite.bulk.canonical import WORTH_PROCESSES, read_all
from reunite.bulk.engine import Engine
from reunite.bulk.sql import quoted
from reunite.core.identifiers.kinds import Identifier, Value
from reunite.core.policy.details import values_of_declared
from reunite.core.policy.policy import Policy
from reunite.store.tables.columns import others_text

_CHUNK = 10_000
NO_OTHERS = "NULL::varchar"
_READ = """
    CREATE TABLE others_read (given VARCHAR, kept VARCHAR, is_given BOOLEAN, has_key BOOLEAN,
                              has_too_many BOOLEAN, is_erased BOOLEAN)
"""
_INVALID = "CREATE TABLE others_invalid (given VARCHAR, number USMALLINT)"
_DISTINCT = "SELECT DISTINCT others FROM given WHERE others IS NOT NULL"

Erased = Callable[[Collection[Identifier]], Collection[Identifier]]


@dataclass(frozen=True, slots=True)
class _Read:
    """The values of a row: those that it keeps, and the numbers of columns with a wrong value.

    ``is_given`` is false where all are blank.
    """

    text: str
    values: Sequence[Value]
    invalid: Sequence[int]
    is_given: bool
    has_too_many: bool


def others_of(identifiers: Sequence[tuple[str, str]]) -> str:
    """SQL for ``given.others`` from the kind and SQL of each value; null where all are blank."""
    if not identifiers:
        return NO_OTHERS
    is_any = " OR ".join(f"trim({text}) <> ''" for _, text in identifiers)
    values = ", ".join(
        f"{{'n': {number}, 'k': {quoted(kind)}, 't': {text}}}"
        for number, (kind, text) in enumerate(identifiers)
    )
    return f"""CASE WHEN {is_any} THEN CAST(to_json(list_filter(
        [{values}], lambda value: coalesce(trim(value.t), '') <> '')) AS varchar) END"""


def read_others(
    engine: Engine,
    policy: Policy,
    retired: Collection[Identifier],
    erased: Erased | None,
    *,
    workers: int,
) -> None:
    """Make ``others_read`` and ``others_invalid(given, number)``."""
    engine.run(_READ)
    engine.run(_INVALID)
    count = engine.number(f"SELECT count(*) FROM ({_DISTINCT})")
    chunks = ([str(text) for (text,) in rows] for rows in engine.stream(_DISTINCT, size=_CHUNK))
    # A copy has compiled no patterns yet, and so can be sent to another process.
    work = partial(_read_all, replace(policy), frozenset(retired))
    for read in read_all(chunks, work, workers if count >= WORTH_PROCESSES else 1):
        gone = _erased(read, erased)
        engine.add_columns(
            "others_read",
            given=[each.text for each in read],
            kept=[others_text(each.values) for each in read],
            is_given=[each.is_given for each in read],
            has_key=[any(value.key is not None for value in each.values) for each in read],
            has_too_many=[each.has_too_many for each in read],
            is_erased=[not gone.isdisjoint(_called(each)) for each in read],
        )
        invalid = [(each.text, number) for each in read for number in each.invalid]
        engine.add_columns(
            "others_invalid",
            given=[text for text, _ in invalid],
            number=[number for _, number in invalid],
        )


def has_others(engine: Engine) -> bool:
    """Whether any row has a value of a declared kind."""
    return bool(engine.number("SELECT count(*) FROM (FROM others_read LIMIT 1)"))


def _read_all(policy: Policy, retired: Collection[Identifier], texts: Sequence[str]) -> list[_Read]:
    return [_read(policy, retired, text) for text in texts]


def _read(policy: Policy, retired: Collection[Identifier], text: str) -> _Read:
    given = orjson.loads(text)
    found = values_of_declared([(each["k"], each["t"]) for each in given], policy=policy)
    values = [
        value._replace(key=None) if (value.kind, value.key) in retired else value
        for value in found.values
    ]
    invalid = [given[place]["n"] for place in found.unreadable]
    is_given = any(not each["t"].isspace() for each in given)
    return _Read(text, values, invalid, is_given, found.has_too_many)


def _erased(read: Sequence[_Read], erased: Erased | None) -> set[Identifier]:
    if erased is None:
        return set()
    return set(erased({each for one in read for each in _called(one)}))


def _called(read: _Read) -> list[Identifier]:
    """The canonical forms of the values, counting or not."""
    return [Identifier(value.kind, value.form) for value in read.values if value.form is not None]
