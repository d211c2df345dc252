"""What Spark makes of clean values is what the policy makes of them."""

from dataclasses import replace

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as f

from reunite.bulk.spark.keys import clean_key
from reunite.core.identifiers import Kind
from reunite.core.policy import SPEC, Values
from tests.clean_values import US, by_policy, emails, numbers


def clean_keys(spark, kind, values, *policies):
    """The keys of the values that are clean, under each policy."""
    table = spark.createDataFrame(pa.table({"value": pa.array(values, pa.string())}))
    rows = table.select(*(clean_key(kind, f.col("value"), policy) for policy in policies)).collect()
    return [
        {value: key for value, key in zip(values, keys, strict=True) if key is not None}
        for keys in zip(*rows, strict=True)
    ]


# Each example is a job of Spark, so they are few and large.
few_and_large = settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@few_and_large
@given(values=st.lists(emails, min_size=100, max_size=200, unique=True))
def test_a_clean_email_has_the_key_of_the_policy(spark, values):
    for policy, clean in zip(
        (SPEC, US), clean_keys(spark, Kind.EMAIL, values, SPEC, US), strict=True
    ):
        assert clean.items() <= by_policy(Kind.EMAIL, values, policy).items()


@few_and_large
@given(values=st.lists(numbers, min_size=100, max_size=200, unique=True))
def test_a_clean_phone_number_has_the_key_of_the_policy(spark, values):
    for policy, clean in zip(
        (SPEC, US), clean_keys(spark, Kind.PHONE, values, SPEC, US), strict=True
    ):
        assert clean.items() <= by_policy(Kind.PHONE, values, policy).items()


def test_what_orders_hold_is_clean(spark):
    phones = ["+14155552671", "+1 (415) 555-2671", "+442071838750", "+541143211234"]
    assert clean_keys(spark, Kind.PHONE, phones, SPEC) == [by_policy(Kind.PHONE, phones, SPEC)]
    addresses = ["lorraine@hillvalley.edu", "McFly@HillValley.edu", "a.b+c@mail.example"]
    assert clean_keys(spark, Kind.EMAIL, addresses, SPEC) == [
        by_policy(Kind.EMAIL, addresses, SPEC)
    ]


def test_what_java_reads_in_another_way_is_not_clean(spark):
    phones = ["+1415\n", "+1415\u2028", "+\u0661415", "+1\u00a0415", "+1" * 40, "+0000000", ""]
    assert clean_keys(spark, Kind.PHONE, phones, SPEC) == [{}]
    addresses = [
        "a@x.example\n",
        "a@x.example\r\n",
        "\u212aelvin@x.example",  # Its lower case is k, and that of the next holds an i.
        "\u0130@x.example",
        "a@\u017f.example",
        "NONE@x.example",
        "",
        "a@" + "x." * 60_000 + "example",  # Deep enough for Java's stack to overflow.
    ]
    assert clean_keys(spark, Kind.EMAIL, addresses, SPEC) == [{}]


def test_nothing_is_clean_where_single_values_are_blocked(spark):
    policy = replace(SPEC, blocked=Values(emails=("info@x.example",)))
    assert clean_keys(spark, Kind.EMAIL, ["a@x.example"], policy) == [{}]
