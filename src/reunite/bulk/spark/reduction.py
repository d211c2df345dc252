"""Rows reduced to what decides: first rows, and the rows that join them.

A row makes a contact if and only if it is the first in which one of its identifiers occurs. Every
other row only joins: the contacts that brought its two identifiers first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from reunite.bulk.spark.keys import BLANK, PLACEHOLDER, UNREADABLE, with_keys
from reunite.bulk.spark.tables import Tables
from reunite.core.identifiers.kinds import Identifier, Kind

# Of these nothing is kept.
_NO_VALUES = (BLANK, PLACEHOLDER, UNREADABLE)
_KEYS = {Kind.EMAIL: "email_key", Kind.PHONE: "phone_key"}


@dataclass(frozen=True, slots=True)
class Reduction:
    """``pairs``: the first row of each pair of given values.

    With place, row, created_at, email, phone, email_key, phone_key and, for the keys that there
    are, the places that brought them first: email_place, phone_place. ``wrong``: pairs of given
    values (email, phone) with what is wrong with them (reasons, in order), and whether their rows
    cannot be taken (is_refused).
    """

    pairs: DataFrame
    wrong: DataFrame

    @property
    def contacts(self) -> DataFrame:
        """The rows that make contacts."""
        return self.pairs.where(_makes_contact())

    @property
    def edges(self) -> DataFrame:
        """Which two contacts (left, right) are named together, first at a place (weight)."""
        ends = f.least("email_place", "phone_place"), f.greatest("email_place", "phone_place")
        both = self.pairs.where(f.col("email_place") != f.col("phone_place"))
        return both.groupBy(ends[0].alias("left"), ends[1].alias("right")).agg(
            f.min("place").alias("weight")
        )

    @property
    def joining(self) -> DataFrame:
        """Rows that make no contact but may join two persons."""
        return self.pairs.where(~_makes_contact() & (f.col("email_place") != f.col("phone_place")))


def _makes_contact() -> Column:
    first = (
        f.coalesce(f.col("place") == f.col(f"{kind.value}_place"), f.lit(False)) for kind in Kind
    )
    return reduce(Column.__or__, first)


def reduce_rows(
    rows: DataFrame,
    *,
    rules: Mapping[str, Any],
    retired: Collection[Identifier] = (),
    tables: Tables,
) -> Reduction:
    """Reduce ``rows`` (place, row, created_at, email, phone, problem) under a policy's rules.

    ``retired`` identifiers do not count.
    """
    taken = f.when(f.col("problem").isNull(), f.col("place"))
    first = [f.min_by(name, taken).alias(name) for name in ("row", "created_at")]
    pairs = rows.groupBy("email", "phone").agg(f.min(taken).alias("place"), *first)
    pairs = with_keys(pairs, rules=rules, retired=retired, tables=tables)
    has_key = f.coalesce(*_KEYS.values()).isNotNull()
    judged = pairs.withColumn("reasons", _reasons(has_key)).withColumn("is_refused", ~has_key)
    keyed = tables.save(judged, "keyed")
    usable = keyed.where("NOT is_refused AND place IS NOT NULL").drop("reasons", "is_refused")
    for kind in Kind:
        is_none = f.coalesce(f.col(f"{kind.value}_verdict").isin(*_NO_VALUES), f.lit(False))
        usable = usable.withColumn(kind.value, f.when(~is_none, f.col(kind.value)))
    for kind, key in _KEYS.items():
        brought = f.min("place").alias(f"{kind.value}_place")
        known = usable.where(f.col(key).isNotNull()).groupBy(key).agg(brought)
        usable = usable.join(known, key, "left")
    wrong = keyed.where("size(reasons) > 0").select("email", "phone", "reasons", "is_refused")
    # A table, for these are few: Spark then knows, and sends them to where the rows are.
    return Reduction(tables.save(usable, "first-rows"), tables.save(wrong, "wrong"))


def _reasons(has_key: Column) -> Column:
    """The errors of a row: a request with its values would be refused for the same reasons."""
    email, phone = (
        f.when(f.col(kind.value).isNull(), BLANK).otherwise(f.col(f"{kind.value}_verdict"))
        for kind in Kind
    )
    unreadable = f.array_compact(
        f.array(
            f.when(email == UNREADABLE, "invalid_email"),
            f.when(phone == UNREADABLE, "invalid_phone_number"),
        )
    )
    return (
        f.when((email == BLANK) & (phone == BLANK), f.array(f.lit("no_identifier")))
        .when(has_key | (f.size(unreadable) > 0), unreadable)
        .otherwise(f.array(f.lit("no_usable_identifier")))
    )
