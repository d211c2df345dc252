"""Times are ISO 8601 in its usual spellings, or as a user says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reunite.core.imports.files import Unreadable
from reunite.core.imports.records.times import (
    require_date_format,
    says_no_time,
    time_reader,
    without_times,
)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


AT = utc(2021, 1, 28, 10, 14, 15)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2021-01-28 05:14:15 -0500", AT),
        ("2021-01-28T05:14:15.000-05:00", AT),
        ("2021-01-28T10:14:15Z", AT),
        (" 2021-01-28 10:14:15 UTC ", AT),
        ("2021-01-28t10:14:15z", AT),
        ("20210128T101415Z", AT),
        ("2021/01/28 10:14:15", AT),
        ("2021-01-28, 10:14:15", AT),
        ("2021-01-28T10:14:15.1234567", AT.replace(microsecond=123456)),
        ("2021-01-28T10:14:15,5", AT.replace(microsecond=500_000)),
        ("2021-01-28T10:14+00", AT.replace(second=0)),
        ("2024-01-01", utc(2024, 1, 1)),
        ("Jan 28, 2021 10:14:15 AM", AT),
        ("January 28, 2021, 10:14", AT.replace(second=0)),
        ("28 Jan 2021", utc(2021, 1, 28)),
        ("Thu, 28 Jan 2021 05:14:15 -0500", AT),
        ("28-Jan-2021", utc(2021, 1, 28)),
        ("28-Jan-21", utc(2021, 1, 28)),
        ("Jan-28-21", utc(2021, 1, 28)),
        ("Jan-28-2021 10:14:15", AT),
        ("2021-02-30", None),
        ("2021-01-28 24:00", None),
        ("2021-01-28 10:14:60", None),
        ("2021-01-28T10:14:15+25:00", None),
        ("2021-01/28", None),
        ("28/01/2021", None),
        ("0001-01-01", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("9999-12-31", None),
        ("0000-01-01", None),
        ("12:30", None),
        ("yes", None),
        ("maybe", None),
        ("epoch", None),
        ("now", None),
        ("infinity", None),
        ("1611828855", AT),
        (" 1611828855123 ", AT.replace(microsecond=123_000)),
        ("1611828855123456", AT.replace(microsecond=123_456)),
        ("1611828855123456789", AT.replace(microsecond=123_456)),
        ("1611828855.5", AT.replace(microsecond=500_000)),
        ("1611828855123.5", AT.replace(microsecond=123_000)),
        ("315532800", utc(1980, 1, 1)),
        ("315532799", None),
        ("4102444799", utc(2099, 12, 31, 23, 59, 59)),
        ("4102444800", None),
        ("20210128", utc(2021, 1, 28)),
        ("202101281014", None),
        ("20210128101415", None),
        ("2021", None),
        ("0", None),
        ("-1611828855", None),
        ("", None),
    ],
)
def test_a_time_is_read_in_utc(text, time):
    assert time_reader()(text) == time


@given(
    st.datetimes(min_value=utc(1, 1, 3), max_value=utc(9999, 12, 29)),
    st.integers(-13 * 60, 13 * 60),
    st.sampled_from(["T", " "]),
)
def test_what_is_written_by_the_standard_is_read_back(time, minutes, between):
    zone = timezone(timedelta(minutes=minutes))
    written = time.replace(tzinfo=UTC).astimezone(zone).isoformat(between)
    assert time_reader()(written) == time


def test_with_a_format_nothing_else_is_a_time():
    read = time_reader("%d/%m/%Y %H:%M")
    assert read(" 28/01/2021 10:14 ") == AT.replace(second=0)
    assert read("2021-01-28 10:14") is None
    assert time_reader("%m/%d/%Y %H:%M %z")("01/28/2021 05:14 -0500") == AT.replace(second=0)


@pytest.mark.parametrize("date_format", ["", "%q", "%d/%m", "%H:%M", "DD/MM/YYYY", "%Y-%m", "%"])
def test_a_format_must_tell_a_day(date_format):
    with pytest.raises(Unreadable, match="it is no format of dates"):
        require_date_format(date_format)
    with pytest.raises(Unreadable):
        time_reader(date_format)


def test_a_column_without_times_is_left_out_if_it_was_only_recognised():
    assert without_times("Time", is_asked=False)[0]
    assert not without_times("Time", is_asked=True)[0]
    assert not without_times("created_at", is_asked=False)[0]
    assert "--date-format" in without_times("Time", is_asked=False)[1]
    assert "--no-created-at" in without_times("created_at", is_asked=False)[1]


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "0", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00.000Z", "00/00/0000",
        "00.00.0000 00:00", "0001-01-01", "0001-01-01T00:00:00", "1/1/0001 12:00:00 AM", "NaT",
        "NULL", "n/a", " none ", "-", "\\N",
    ],
)  # fmt: skip
def test_what_stands_for_a_missing_time_is_told_from_a_wrong_one(text):
    assert says_no_time(text)
    assert time_reader()(text) is None


@pytest.mark.parametrize("text", ["2021-00-00", "00:00", "yes", "28/01/2021", "0000-00-01", "1"])
def test_a_wrong_time_is_no_missing_one(text):
    assert not says_no_time(text)
