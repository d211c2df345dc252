"""What a message says, and its id."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.webhooks.messages import Told, message_body, message_id

MERGED = Told(0, 12, "person.merged", 7, datetime(2026, 11, 28, 12, 0, 0, 5, tzinfo=UTC))
EVENTS = st.builds(
    Told,
    st.integers(0, 9),
    st.integers(1, 9),
    st.sampled_from(["person.merged", "contact.created"]),
    st.integers(0, 9),
    st.datetimes(timezones=st.just(UTC)),
)


def test_a_message_holds_ids_and_the_number_in_the_feed():
    assert json.loads(message_body(MERGED)) == {
        "type": "person.merged",
        "timestamp": "2026-11-28T12:00:00.000005Z",
        "data": {"number": 12, "personId": 7},
    }


@given(EVENTS, EVENTS)
def test_two_events_have_two_ids_and_one_event_has_one(one, other):
    def identity(event):
        return event.workspace_id, event.number, event.type, event.at

    assert (message_id(one) == message_id(other)) == (identity(one) == identity(other))
    assert re.fullmatch(r"msg_[0-9a-f]{32}", message_id(one))


def test_the_zone_of_a_time_changes_neither_the_id_nor_the_body():
    moved = replace(MERGED, at=MERGED.at.astimezone(timezone(timedelta(hours=3))))
    assert message_id(moved) == message_id(MERGED)
    assert message_body(moved) == message_body(MERGED)
