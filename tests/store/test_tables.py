"""Rows that a statement brings along are read by the database as they were meant."""

from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reunite.store.database.dialects import Statement, dialect

pytestmark = pytest.mark.django_db

COLUMNS = {"number": "bigint", "text": "text", "at": "timestamptz"}
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.text(
    '\\"\n\tu0019{},NUL'
)
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | TEXTS,
        st.none() | st.datetimes(timezones=st.just(UTC)),
    )
)
HARD = [
    "",
    "NULL",
    "null",
    "\\n",
    "\n",
    "\\\n",
    "\\\\n\\",
    "\x7f\x01",
    '"\\"',
    "{}",
    "\u2028\u00e9",
]


@given(ROWS)
@example([(None, None, None)])
@example([(0, each, None) for each in HARD])
def test_rows_are_read_as_they_were_given(rows):
    table = dialect().table("r", COLUMNS, rows)
    statement = Statement(f"SELECT number, text, at FROM {table.sql}", table.params, prepared=False)
    (found,) = dialect().run([statement])
    to_time = dialect().to_time
    assert [(n, text, at and to_time(at)) for n, text, at in found] == rows
