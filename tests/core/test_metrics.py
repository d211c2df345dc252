"""Figures of several processes are added up."""

from hypothesis import given
from hypothesis import strategies as st

from reunite.core.metrics import BUCKETS, METRICS, added, empty_row, observed

SECONDS = st.floats(0, 20)


def row_of(observations):
    row = empty_row()
    for each in observations:
        observed(row, each)
    return row


@given(st.lists(SECONDS))
def test_each_observation_is_in_one_bucket_and_in_the_sum(observations):
    *counts, total = row_of(observations)
    assert sum(counts) == len(observations)
    assert abs(total - sum(observations)) < 1e-6
    for place, bound in enumerate(BUCKETS):
        assert sum(counts[: place + 1]) == sum(each <= bound for each in observations)


@given(st.lists(st.lists(SECONDS, max_size=5), max_size=4))
def test_processes_together_count_what_one_would_have_counted(processes):
    figures = [{("h", "a"): row_of(each), ("c",): float(len(each))} for each in processes]
    total = added(figures)
    everything = [each for observations in processes for each in observations]
    if processes:
        assert total["c",] == len(everything)
        assert total["h", "a"][:-1] == row_of(everything)[:-1]
    else:
        assert total == {}


def test_adding_changes_none_of_the_figures():
    one = {("h",): row_of([1.0])}
    added([one, one])
    assert one == {("h",): row_of([1.0])}


def test_names_are_unique_and_say_what_they_count():
    names = [each.name for each in METRICS]
    assert len(set(names)) == len(names)
    for each in METRICS:
        assert each.name.endswith("_total") == (each.kind == "counter")
        assert each.help.endswith(".")
