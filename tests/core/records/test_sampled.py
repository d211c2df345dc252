"""The first cells tell what columns hold, and how their dates may be written."""

from datetime import datetime

import pytest

from reunite.core.imports.records.local_dates import date_formats
from reunite.core.imports.records.sampled import SAMPLE_ROWS, sampled
from reunite.core.imports.records.times import require_date_format, without_times


def column(*cells):
    found = sampled([each] for each in cells)
    return "email" if found.emails else "phone" if found.phone_numbers else None


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (
            ["a@x.example", "Doc <b@x.example>", "c@x.example; d@x.example", "n/a", None, " "],
            "email",
        ),
        (["a@x.example"], "email"),
        (["a@x.example"] * 3, None),
        (["a@x.example;1", "b@x.example;2"], None),
        (["a@x.example~1", "b@x.example~2"], None),
        (["a@x.example", "x", "y"], None),
        (["@marty", "@doc"], None),
        (["+1 415 555 2671", "+49 30 901820"], "phone"),
        (["(415) 555-2671", "415-555-2672", "030 901820"], "phone"),
        (["0012345678", "0012345679"], None),
        (["2021-01-28", "2021-01-29"], None),
        ([4155552671, 4155552672], None),
        (["x" * 501 + "@x.example"], None),
        ([], None),
    ],
)
def test_cells_tell_what_a_column_holds(cells, what):
    assert column(*cells) == what


def test_rows_far_below_and_rows_of_other_lengths_change_nothing():
    rows = [["a@x.example", "1"], ["b@x.example"], *[["c"]] * 0]
    assert sampled(rows).emails == {0}
    assert sampled([*rows * (SAMPLE_ROWS // 2), *[["c"]] * SAMPLE_ROWS]).emails == {0}


DATES = [
    (["28/01/2021", "01/02/2021"], ("%d/%m/%Y",)),
    (["1/28/2021", "1/2/2021"], ("%m/%d/%Y",)),
    (["01.02.21", "03.04.21"], ("%d.%m.%y", "%m.%d.%y")),
    (["28.1.2021 9:59"], ("%d.%m.%Y %H:%M",)),
    (["1/28/2021, 9:59:01 PM"], ("%m/%d/%Y, %I:%M:%S %p",)),
    (["1/28/2021 9:59am"], ("%m/%d/%Y %I:%M%p",)),
    (["28/01/2021", "01/28/2021"], ()),
    (["28/01/2021", "28.01.2021"], ()),
    (["28/01/2021", "yes"], ()),
    (["2021-01-28"], ()),
    ([], ()),
]


@pytest.mark.parametrize(("texts", "formats"), DATES)
def test_the_formats_that_fit_all_local_dates_are_found(texts, formats):
    assert date_formats(texts) == formats
    for each in formats:
        require_date_format(each)
        for text in texts:
            assert datetime.strptime(text, each)  # noqa: DTZ007  # Whether it can be read.


def test_the_formats_that_fit_are_told():
    dates = sampled([["28/01/2021", "x"], ["29/01/2021", "y"]])
    assert (dates.formats_of(0), dates.formats_of(1), dates.formats_of(None)) == (
        ("%d/%m/%Y",), (), (),
    )  # fmt: skip
    _, words = without_times("Date", is_asked=False, formats=dates.formats_of(0))
    assert words.endswith("if they are times, say --date-format=%d/%m/%Y")
    _, words = without_times("Date", is_asked=False, formats=["%d.%m.%y", "%m.%d.%y"])
    assert words.endswith(
        "say --date-format=%d.%m.%y or --date-format=%m.%d.%y, as they were written"
    )
