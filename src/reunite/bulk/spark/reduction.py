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
    are, the places that brought them first: email_place, phone_place. ``refused``: pairs of given
    values (email, phone, reason) whose rows cannot be taken. ``left_out``: the same of values that
    cannot be read, of rows that are taken without them.
    """

    pairs: DataFrame
    refused: DataFrame
    left_out: DataFrame

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
    keyed = tables.save(pairs.withColumn("reason", _reason()), "keyed")
    usable = keyed.where("reason IS NULL AND place IS NOT NULL").drop("reason")
    for kind in Kind:
        is_none = f.coalesce(f.col(f"{kind.value}_verdict").isin(*_NO_VALUES), f.lit(False))
        usable = usable.withColumn(kind.value, f.when(~is_none, f.col(kind.value)))
    for kind, key in _KEYS.items():
        brought = f.min("place").alias(f"{kind.value}_place")
        known = usable.where(f.col(key).isNotNull()).groupBy(key).agg(brought)
        usable = usable.join(known, key, "left")
    refused = keyed.where("reason IS NOT NULL").select("email", "phone", "reason")
    # Tables, for these are few: Spark then knows, and sends them to where the rows are.
    return Reduction(
        tables.save(usable, "first-rows"),
        tables.save(refused, "refused"),
        tables.save(_left_out(keyed), "left-out"),
    )


def _left_out(keyed: DataFrame) -> DataFrame:
    """The values (email, phone, reason) that cannot be read beside one that counts."""
    email, phone = (f.col(f"{kind.value}_verdict") == UNREADABLE for kind in Kind)
    reason = f.when(email, "invalid_email").when(phone, "invalid_phone_number")
    taken = keyed.where("reason IS NULL").withColumn("reason", reason)
    return taken.where("reason IS NOT NULL").select("email", "phone", "reason")


def _reason() -> Column:
    """Why a row cannot be taken, as a request with its values would be refused; else null."""
    email, phone = (
        f.when(f.col(kind.value).isNull(), BLANK).otherwise(f.col(f"{kind.value}_verdict"))
        for kind in Kind
    )
    return (
        f.when((email == BLANK) & (phone == BLANK), "no_identifier")
        .when(f.coalesce(*_KEYS.values()).isNotNull(), None)
        .when(email == UNREADABLE, "invalid_email")
        .when(phone == UNREADABLE, "invalid_phone_number")
        .otherwise("no_usable_identifier")
    )
