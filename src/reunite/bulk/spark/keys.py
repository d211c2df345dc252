"""Canonical keys of given values: the policy's own function, once for each distinct value."""

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.functions import arrow_udf

from reunite.core.identifiers import Identifier, Ignored, Kind
from reunite.core.policy import Policy
from reunite.core.policy_rules import policy_from

BLANK = "blank"
UNREADABLE = "unreadable"
PLACEHOLDER = Ignored.PLACEHOLDER.value
_SHAPE = "key string, verdict string"


def canonical(
    values: DataFrame, *, rules: Mapping[str, Any], retired: Collection[Identifier] = ()
) -> DataFrame:
    """``values`` (kind, value) with key, or why there is none (verdict).

    A verdict is BLANK, UNREADABLE, or why the value is ignored.
    """
    text = json.dumps(rules)  # An RE2 pattern cannot be sent to a worker, its text can.
    not_counting = frozenset(retired)

    @arrow_udf(_SHAPE)  # type: ignore[call-overload, untyped-decorator]  # Declared too narrowly.
    def read(kinds: pa.Array, given: pa.Array) -> pa.Array:
        policy = _policy(text)
        read_values = [
            _read(policy, not_counting, Kind(kind), value)
            for kind, value in zip(kinds.to_pylist(), given.to_pylist(), strict=True)
        ]
        keys = pa.array([key for key, _ in read_values], pa.string())
        verdicts = pa.array([verdict for _, verdict in read_values], pa.string())
        return pa.StructArray.from_arrays([keys, verdicts], ["key", "verdict"])

    return values.select("kind", "value", read("kind", "value").alias("read")).select(
        "kind", "value", "read.*"
    )


@lru_cache(maxsize=1)
def _policy(rules: str) -> Policy:
    return policy_from(json.loads(rules))


def _read(
    policy: Policy, retired: Collection[Identifier], kind: Kind, given: str
) -> tuple[str | None, str | None]:
    if not given or given.isspace():
        return None, BLANK
    try:
        key, ignored = policy.canonical(kind, given)
    except ValueError:
        return None, UNREADABLE
    if key is not None and Identifier(kind, key) in retired:
        key, ignored = None, Ignored.RETIRED
    return key, ignored and ignored.value
