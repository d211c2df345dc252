"""Keys for given values: by Spark where a value is clean, else by the policy, once for each.

What a value becomes is decided by ``Policy.canonical``, as for a request. The clean ones, for
which Spark gives the same (``core.clean``), never reach Python.
"""

import json
from collections.abc import Collection, Mapping
from functools import lru_cache, reduce
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import arrow_udf

from reunite.bulk.spark.tables import Tables
from reunite.core.identifiers.kinds import MAX_LENGTHS, Identifier, Kind
from reunite.core.imports.files import Unreadable
from reunite.core.policy.cells import SEPARATORS, values_of_cell
from reunite.core.policy.clean import BLANKS, WRITTEN_BETWEEN_DIGITS, clean_rules
from reunite.core.policy.policy import Policy
from reunite.core.policy.rules import stored_policy

BLANK = "blank"
UNREADABLE = "unreadable"
PLACEHOLDER = "placeholder"
IGNORED = "ignored"
_SHAPE = "key string, verdict string"


def with_keys(
    pairs: DataFrame,
    *,
    rules: Mapping[str, Any],
    retired: Collection[Identifier] = (),
    tables: Tables,
) -> DataFrame:
    """``pairs`` (email, phone, and more) with email_key, email_verdict, phone_key, phone_verdict.

    A verdict is BLANK or UNREADABLE; PLACEHOLDER for a value that says nothing, IGNORED for one
    that is kept and is no key. A value that is a key has none.
    ``retired`` identifiers are no keys. Raises Unreadable for a cell of several values.
    """
    policy = stored_policy(rules)
    clean = {f"{kind.value}_key": clean_key(kind, f.col(kind.value), policy) for kind in Kind}
    pairs = tables.save(pairs.withColumns(clean), "pairs")
    unclean = _unclean(pairs)
    _require_one_value(unclean, rules)
    read = tables.save(_by_policy(unclean, rules), "keys")
    for kind in Kind:
        pairs = _with_read(pairs, read, kind)
        pairs = _without(pairs, kind, {each.key for each in retired if each.kind is kind})
    return pairs


def _require_one_value(values: DataFrame, rules: Mapping[str, Any]) -> None:
    """Raise Unreadable if a cell holds several values: a place here belongs to one pair."""
    text = json.dumps(rules)

    @arrow_udf("boolean")  # type: ignore[call-overload, untyped-decorator]  # Declared too narrowly.
    def holds_several(kinds: pa.Array, cells: pa.Array) -> pa.Array:
        policy = _policy(text)
        pairs = zip(kinds.to_pylist(), cells.to_pylist(), strict=True)
        return pa.array([bool(values_of_cell(Kind(kind), cell, policy)) for kind, cell in pairs])

    asked = values.where(f.col("value").rlike(SEPARATORS))
    if asked.where(holds_several("kind", "value")).head(1):
        raise Unreadable(
            "a cluster reads one email and one phone number of a row, and a cell holds several: "
            "import with --engine duckdb"
        )


def clean_key(kind: Kind, given: Column, policy: Policy) -> Column:
    """The key of a value that is clean; null where only Python can tell."""
    rules = clean_rules(policy)
    if not rules.are_enough:
        return f.lit(None).cast("string")
    if kind is Kind.EMAIL:
        # Java lower-cases signs beyond ASCII as its locale does; the pattern fits none of them.
        key = f.lower(given)
        fits = _is_short(kind, given) & given.rlike(_whole(rf"(?i){rules.email}"))
        return f.when(fits & ~key.rlike(rules.email_not), key)
    key = f.translate(given, WRITTEN_BETWEEN_DIGITS, "")
    fits = _is_short(kind, given) & given.rlike(_whole(rules.phone))
    return f.when(fits & ~key.rlike(rules.phone_not), key)


def _is_short(kind: Kind, given: Column) -> Column:
    """Whether a value is short enough to be looked at: its bytes are counted already."""
    return f.octet_length(given) <= MAX_LENGTHS[kind]


def _bounded(kind: Kind, given: Column) -> Column:
    """The value; if it is too long, a short blank one or one that is too long by a sign."""
    blank = f.btrim(given, f.lit(BLANKS)) == ""
    too_long = "-" * (MAX_LENGTHS[kind] + 1)
    return (
        f.when(f.char_length(given) <= MAX_LENGTHS[kind], given).when(blank, "").otherwise(too_long)
    )


def _whole(pattern: str) -> str:
    # For Java, $ is also before a line break at the end.
    return rf"^(?:{pattern})\z"


def _unclean(pairs: DataFrame) -> DataFrame:
    """The distinct values (kind, value, and bounded) that have no key yet."""
    values = (
        pairs.where(f.col(f"{kind.value}_key").isNull()).select(
            f.lit(kind.value).alias("kind"),
            f.col(kind.value).alias("value"),
            _bounded(kind, f.col(kind.value)).alias("bounded"),
        )
        for kind in Kind
    )
    return reduce(DataFrame.unionAll, values).where("value IS NOT NULL").distinct()


def _by_policy(values: DataFrame, rules: Mapping[str, Any]) -> DataFrame:
    """``values`` (kind, value, bounded) with key, or why there is none (verdict)."""
    text = json.dumps(rules)  # An RE2 pattern cannot be sent to a worker, its text can.

    @arrow_udf(_SHAPE)  # type: ignore[call-overload, untyped-decorator]  # Declared too narrowly.
    def read(kinds: pa.Array, given: pa.Array) -> pa.Array:
        policy = _policy(text)
        read_values = [
            _read(policy, Kind(kind), value)
            for kind, value in zip(kinds.to_pylist(), given.to_pylist(), strict=True)
        ]
        keys = pa.array([key for key, _ in read_values], pa.string())
        verdicts = pa.array([verdict for _, verdict in read_values], pa.string())
        return pa.StructArray.from_arrays([keys, verdicts], ["key", "verdict"])

    return values.select("kind", "value", read("kind", "bounded").alias("read")).select(
        "kind", "value", "read.*"
    )


@lru_cache(maxsize=1)
def _policy(rules: str) -> Policy:
    return stored_policy(json.loads(rules))


def _read(policy: Policy, kind: Kind, given: str) -> tuple[str | None, str | None]:
    if not given or given.isspace():
        return None, BLANK
    try:
        key, ignored = policy.canonical(kind, given)
    except ValueError:
        return None, UNREADABLE
    if policy.says_nothing(kind, given, ignored):
        return None, PLACEHOLDER
    return key, None if ignored is None else IGNORED


def _with_read(pairs: DataFrame, read: DataFrame, kind: Kind) -> DataFrame:
    """With what the policy said of the values of a kind that are not clean."""
    name, key = kind.value, f"{kind.value}_key"
    # By the value, not by what is unclean of it: nulls would all go to one machine.
    of_kind = read.where(f.col("kind") == name).select(
        f.col("value").alias(name), "key", f.col("verdict").alias(f"{name}_verdict")
    )
    joined = pairs.join(of_kind, name, "left")
    return joined.withColumn(key, f.coalesce(key, "key")).drop("key")


def _without(pairs: DataFrame, kind: Kind, retired: set[str]) -> DataFrame:
    """Without the keys of a kind that are retired."""
    if not retired:
        return pairs
    key = f"{kind.value}_key"
    gone = pa.table({key: list(retired), "is_retired": [True] * len(retired)})
    joined = pairs.join(f.broadcast(pairs.sparkSession.createDataFrame(gone)), key, "left")
    return joined.withColumn(key, f.when(f.col("is_retired").isNull(), f.col(key))).drop(
        "is_retired"
    )
