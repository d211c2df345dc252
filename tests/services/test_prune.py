"""Pruning: old events and imports go, and the feed goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from reunite.core.errors import EventsPruned
from reunite.core.imports.states import ImportState
from reunite.core.scope import Scope
from reunite.models import Event, Import, Numbered, Workspace
from reunite.services.feed.numbers import MAX_NUMBERED
from reunite.services.feed.prune import prune_events
from reunite.services.feed.read import read_events
from reunite.services.identify.identify import identify
from reunite.services.imports.prune import prune_imports
from reunite.services.imports.uploads import Upload
from reunite.services.persons.show import show_history
from tests.builders import NOON
from tests.scopes import SCOPE
from tests.services.test_feed import make_events, new, read, told

LATER = NOON + timedelta(days=1)
TO_COME = datetime.now(UTC) + timedelta(days=1)


def test_old_events_are_deleted_and_the_feed_goes_on_after_them():
    make_events(5)
    person = new("a@x.example")

    assert prune_events(before=LATER) == 5

    assert told(read(after=5)) == [(6, "contact.created", person)]
    with pytest.raises(EventsPruned):
        read(after=4)
    new("b@x.example")
    assert [number for number, *_ in told(read(after=6))] == [7]
    assert prune_events(before=LATER) == 0


def test_the_last_event_of_each_workspace_stays_and_so_does_its_number():
    other = Scope(Workspace.objects.create(name="other").pk)
    persons = [new(f"{n}@x.example") for n in range(3)]
    new("a@x.example", scope=other)

    assert prune_events(before=TO_COME) == 2

    assert told(read(after=2)) == [(3, "contact.created", persons[-1])]
    assert read_events(other, after=0, limit=10).last == 1
    assert (Event.objects.count(), Numbered.objects.count()) == (2, 2)
    assert show_history(SCOPE, persons[0], after=0, limit=10).events == []
    assert identify(SCOPE, "0@x.example", "7").person.id == persons[0]


def test_many_events_are_pruned_some_at_a_time():
    make_events(MAX_NUMBERED + 10)

    assert prune_events(before=LATER) == MAX_NUMBERED + 9


def make_import(folder, state, at):
    made = Import.objects.create(
        workspace_id=0,
        digest="d",
        name="orders.csv",
        state=state,
        revision=0,
        position=0,
        rows=0,
        refused=0,
        contacts=0,
        merges=0,
        created_at=NOON,
        updated_at=at,
    )
    Upload(folder, made.pk).refused_path.touch()
    return made.pk


def test_imports_that_ended_long_ago_are_deleted_with_their_lists(tmp_path, settings):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path)}
    old = [make_import(tmp_path, state, NOON) for state in ImportState]
    new = make_import(tmp_path, ImportState.DONE, LATER)
    kept = {id for id, state in zip(old, ImportState, strict=True) if state.is_unfinished} | {new}

    assert prune_imports(before=LATER) == 3

    assert set(Import.objects.values_list("pk", flat=True)) == kept
    assert {path.name for path in tmp_path.iterdir()} == {f"{id}.refused.csv" for id in kept}
