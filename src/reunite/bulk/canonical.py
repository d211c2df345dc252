"""Keys for the values of a file: in SQL where a value is clean, else by the policy, once for each.

What a value becomes is decided by ``Policy.canonical``, as for a request. The clean ones, for
which SQL gives the same (``core.clean``), never reach Python.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TypeVar

from reunite.bulk.engine import Engine
from reunite.core.identifiers.kinds import (
    EMAIL_MAX_LENGTH,
    MAX_LENGTHS,
    Kind,
)
from reunite.core.identifiers.phone_text import MAX_DIGITS
from reunite.core.policy.clean import BLANKS, WRITTEN_BETWEEN_DIGITS, clean_rules
from reunite.core.policy.policy import Policy
from reunite.processes import begin_helping, signals_held

Given = TypeVar("Given")
Made = TypeVar("Made")

COLUMNS = {Kind.EMAIL: "email", Kind.PHONE: "phone_number"}
_CHUNK = 10_000
# What a process takes to start, in values.
WORTH_PROCESSES = 30_000


def clean_form(kind: Kind, column: str, policy: Policy) -> str:
    """SQL for the form that ``clean_key`` judges: a column of its own, for it is used twice."""
    if kind is Kind.EMAIL:
        # As many bytes as characters: ASCII. DuckDB lower-cases other signs in its own way.
        return f"""CASE WHEN strlen({column}) <= {EMAIL_MAX_LENGTH}
                         AND length({column}) = strlen({column}) THEN lower({column}) END"""
    digits = column
    for sign in WRITTEN_BETWEEN_DIGITS:
        digits = f"replace({digits}, '{sign}', '')"
    phone = clean_rules(policy).phone
    # Most are digits already; what is not costs the replacements.
    return f"""CASE WHEN regexp_full_match({column}, '\\+[0-9]{{1,{MAX_DIGITS}}}') THEN {column}
                    WHEN regexp_full_match({column}, {_quoted(phone)}) THEN {digits} END"""


def clean_key(kind: Kind, form: str, policy: Policy) -> str:
    """SQL for the key of a value in the form of ``clean_form``; null where only Python can tell."""
    rules = clean_rules(policy)
    if not rules.are_enough:
        return "NULL::varchar"
    if kind is Kind.EMAIL:
        return f"""CASE WHEN regexp_full_match({form}, {_quoted(rules.email)})
            AND NOT regexp_matches({form}, {_quoted(rules.email_not)}) THEN {form} END"""
    return f"CASE WHEN NOT regexp_matches({form}, {_quoted(rules.phone_not)}) THEN {form} END"


def add_keys(engine: Engine, kind: Kind, policy: Policy, *, workers: int) -> None:
    """Fill ``{kind}_canon`` for the values of ``given`` that are not clean.

    Values that are too long never reach Python: some thousands at a time could fill its memory.

    ``problem`` is ``blank``, ``placeholder``, ``ignored`` or ``unreadable`` where a value has no
    key.
    """
    column = COLUMNS[kind]
    engine.run(f"CREATE TABLE {kind}_canon (given VARCHAR, key VARCHAR, problem VARCHAR)")
    engine.run(
        f"""CREATE TABLE unclean AS SELECT DISTINCT {column} AS value FROM given
            WHERE {column} IS NOT NULL AND NOT {kind}_is_key AND {kind}_key IS NULL"""
    )
    short = f"length(value) <= {MAX_LENGTHS[kind]}"
    engine.run(
        f"""INSERT INTO {kind}_canon SELECT value, NULL,
            CASE WHEN trim(value, {_quoted(BLANKS)}) = '' THEN 'blank' ELSE 'unreadable' END
            FROM unclean WHERE NOT {short}"""
    )
    count = engine.number(f"SELECT count(*) FROM unclean WHERE {short}")
    chunks = (
        [str(value) for (value,) in rows]
        for rows in engine.stream(f"SELECT value FROM unclean WHERE {short}", size=_CHUNK)
    )
    # A copy has compiled no patterns yet, and so can be sent to another process.
    work = partial(read_values, kind, replace(policy))
    for read in read_all(chunks, work, workers if count >= WORTH_PROCESSES else 1):
        values, keys, problems = (list(column) for column in zip(*read, strict=True))
        engine.add_columns(f"{kind}_canon", given=values, key=keys, problem=problems)
    engine.run("DROP TABLE unclean")


Read = tuple[str, str | None, str | None]


def read_values(kind: Kind, policy: Policy, values: Sequence[str]) -> list[Read]:
    """Each value with its key or, where it has none, with why: the policy's word."""
    return [(value, *_read(kind, policy, value)) for value in values]


def _read(kind: Kind, policy: Policy, value: str) -> tuple[str | None, str | None]:
    if not value or value.isspace():
        return None, "blank"
    try:
        key, ignored = policy.canonical(kind, value)
    except ValueError:
        return None, "unreadable"
    if policy.says_nothing(kind, value, ignored):
        return None, "placeholder"
    return key, None if key is not None else "ignored"


def read_all(
    chunks: Iterable[Sequence[Given]], work: Callable[[Sequence[Given]], Made], workers: int
) -> Iterable[Made]:
    """The results of ``work`` for each chunk, in order, computed by so many processes."""
    if workers == 1:
        yield from map(work, chunks)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, begin_helping) as pool:
        waiting: list[Sequence[Given]] = []
        for chunk in chain(chunks, [()]):
            if chunk:
                waiting.append(chunk)
            # A bounded number at a time, so that memory stays bounded, too.
            if waiting and (not chunk or len(waiting) == 4 * workers):
                with signals_held():  # With the first of them it starts its processes.
                    read = pool.map(work, waiting)
                yield from read
                waiting = []


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
