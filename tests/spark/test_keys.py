"""What Spark makes of clean values is what the policy makes of them."""

from dataclasses import replace

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as f

from reunite.bulk.spark.keys import (
    BLANK,
    IGNORED,
    PLACEHOLDER,
    UNREADABLE,
    clean_key,
    with_keys,
)
from reunite.bulk.spark.tables import Tables
from reunite.core.identifiers.kinds import Kind
from reunite.core.policy.parts import Blocked
from reunite.core.policy.policy import PROTECT, SPEC
from reunite.core.policy.rules import rules_of
from tests.characters import every, every_or_telling
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
    policy = replace(SPEC, blocked=Blocked(emails=("info@x.example",)))
    assert clean_keys(spark, Kind.EMAIL, ["a@x.example"], policy) == [{}]


def test_a_character_that_java_lower_cases_otherwise_is_not_clean(spark):
    forms = {
        Kind.EMAIL: ["ab{}@x.example", "ab@x{}x.example", "ab@x.example{}"],
        Kind.PHONE: ["+1{}4155552671", "+1415555267{}", "{}"],
    }
    for kind, of_kind in forms.items():
        for form in of_kind:
            values = pa.array([form.format(each) for each in every_or_telling()], pa.string())
            table = spark.createDataFrame(pa.table({"value": values}))
            keys = table.select("value", clean_key(kind, f.col("value"), SPEC).alias("key"))
            clean = {row.value: row.key for row in keys.where("key IS NOT NULL").collect()}
            assert clean == by_policy(kind, clean, SPEC)
            assert len(clean) < len(every()) / 1_000


def test_long_values_are_refused_or_blank(spark, tmp_path):
    marks = "e" + "\u0316\u0301" * 40_000
    values = [f"{marks}@x.example", "\u2003" * 300, "ann@x.example", "a" * 300 + "@x.example"]
    pairs = spark.createDataFrame(
        pa.table({"email": pa.array(values), "phone": pa.array([None, "123", marks, "1" * 65])})
    )
    read = with_keys(pairs, rules=rules_of(SPEC), tables=Tables(spark, str(tmp_path / "tables")))

    found = {
        row.email[:3]: (row.email_key, row.email_verdict, row.phone_key, row.phone_verdict)
        for row in read.collect()
    }
    assert found == {
        "e\u0316\u0301": (None, UNREADABLE, None, None),
        "\u2003" * 3: (None, BLANK, "123", None),
        "ann": ("ann@x.example", None, None, UNREADABLE),
        "aaa": (None, UNREADABLE, None, UNREADABLE),
    }


def test_the_mailbox_of_a_role_is_kept_and_no_filler_is(spark, tmp_path):
    values = ["info@x.example", "test@test.com", "n/a", "ann@x.example"]
    pairs = spark.createDataFrame(
        pa.table({"email": pa.array(values), "phone": pa.array([None] * 4, pa.string())})
    )
    rules = rules_of(PROTECT)
    read = with_keys(pairs, rules=rules, tables=Tables(spark, str(tmp_path / "tables")))

    assert {row.email: row.email_verdict for row in read.collect()} == {
        "info@x.example": IGNORED,
        "test@test.com": PLACEHOLDER,
        "n/a": PLACEHOLDER,
        "ann@x.example": None,
    }
