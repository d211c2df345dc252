"""Plans of small files, and what sending their rows one by one gives."""

import csv
import itertools
from datetime import timedelta
from pathlib import Path

from reunite.bulk.engine import engine
from reunite.bulk.files import find
from reunite.bulk.plan import plan
from reunite.bulk.read import Rules, read
from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.identify.happenings import Created, Merged
from reunite.core.identify.replay import Replay
from reunite.core.imports.files import Columns
from reunite.core.policy.policy import SPEC
from tests.builders import NOON
from tests.row_details import row_details


def write_csv(path, rows):
    """Rows of email, phone and minutes after noon, as a file."""
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "phone", "created_at"))
        for email, phone, minutes in rows:
            at = NOON + timedelta(minutes=minutes)
            writer.writerow((email or "", phone or "", at.isoformat()))
    return path


def planned(path, *, policy=SPEC, **rules):
    """The contacts as (row, primary's row), the merging rows and the refused ones with reasons."""
    with engine(threads=1) as duck:
        files = find([str(path)], folder=duck.folder)
        read(duck, files, Columns(), Rules(policy, **rules), at=NOON, workers=1)
        plan(duck)
        contacts = duck.rows(
            """SELECT s.row, t.row FROM member m JOIN said s USING (place)
               JOIN said t ON t.place = m.top ORDER BY m.place"""
        )
        merges = duck.rows("SELECT row FROM merge JOIN said USING (place) ORDER BY place")
        refused = duck.rows("SELECT row, reason FROM refused ORDER BY row")
        return contacts, [row for (row,) in merges], refused


def replayed(rows, *, policy=SPEC):
    """The same of rows that are sent one by one, in order of time."""
    in_order = sorted(enumerate(rows, 1), key=lambda each: each[1][2])
    replay = Replay([])
    new_ids = itertools.count(1)
    row_of, merges, refused, persons = {}, [], [], {}
    for row, (email, phone, minutes) in in_order:
        try:
            details = row_details(email, phone, policy=policy)
        except NoUsableIdentifier as error:
            refused.append((row, error.code))
            continue
        except InvalidRequest as error:
            refused.append((row, error.errors[0].code))
            continue
        before = len(replay.happenings)
        at = NOON + timedelta(minutes=minutes)
        person = replay.identify(details, new_ids=new_ids, at=at).person
        persons.update(dict.fromkeys((c.id for c in person.contacts), person))
        for happening in replay.happenings[before:]:
            if isinstance(happening, Merged):
                merges.append(row)
            elif isinstance(happening, Created):
                row_of[happening.contact.id] = row
    contacts = [(row, row_of[persons[id].id]) for id, row in row_of.items()]
    return contacts, merges, sorted(refused)
