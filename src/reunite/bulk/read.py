"""Files become the table ``given`` and the view ``said``: rows in order, with the keys they bring.

Order is (created_at, row). ``row`` is the number of the record over all files, from 1; ``place``
numbers the order and is the row itself where the files are sorted already and no record has several
values.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from reunite.bulk.canonical import add_keys
from reunite.bulk.cells import divide_cells
from reunite.bulk.engine import Engine
from reunite.bulk.files import File
from reunite.bulk.given import GIVEN, insert_rows
from reunite.bulk.look import Look, look
from reunite.bulk.others import has_others, read_others
from reunite.bulk.parquet import bits_of, parquet_source, parquet_source_of_bytes
from reunite.bulk.plain import plain_source
from reunite.bulk.sql import READ_TIME, Source, source
from reunite.bulk.stopped import is_of_the_machine
from reunite.bulk.text_rows import SPOILT, TABLE, copy_csv, copy_json
from reunite.bulk.verdicts import Rules, judge
from reunite.core.identifiers.kinds import Kind
from reunite.core.imports.files import Columns, Form, Unreadable
from reunite.core.imports.records.columns import columns_of, name_of, told
from reunite.core.imports.records.header import CSVShape, rows_not_text
from reunite.core.imports.records.json_shape import JSONShape
from reunite.core.imports.records.times import time_reader, without_times
from reunite.core.imports.records.values import DOUBLE_BITS, Skipped, told_of_bits

__all__ = ["Rules", "read"]

Say = Callable[[str], object]


def read(
    engine: Engine,
    files: Sequence[File],
    asked: Columns,
    rules: Rules,
    *,
    at: datetime,
    workers: int,
    form: Form | None = None,
    say: Say | None = None,
) -> None:
    """Make ``given``, ``refused``, ``left_out`` and ``said``, as ``verdicts.judge`` describes them.

    Rows without a time are of the time ``at``. ``say`` is told first which column is read as what.
    Raises Unreadable for a file that cannot be read, or a kind that the policy does not declare.
    """
    form = form or Form()
    asked = asked.for_kinds(rules.policy.declared)
    engine.run(GIVEN)
    engine.run("CREATE TABLE file (number INTEGER, name VARCHAR, first_line BIGINT, rows BIGINT)")
    engine.run(
        "CREATE TABLE file_column (file INTEGER, field VARCHAR, number INTEGER, name VARCHAR)"
    )
    engine.run(SPOILT)
    engine.define_times(READ_TIME, time_reader(form.date_format))
    looks = [look(engine, file, asked, form) for file in files]
    reader = _Reader(engine, asked, rules, form, at.astimezone(UTC).replace(tzinfo=None), say)
    for each in looks:
        reader.tell(each)
    for number, each in enumerate(looks):
        reader.read(each, number)
    has_several = divide_cells(engine, rules.policy) or reader.has_several
    _sort(engine)
    for kind in Kind:
        add_keys(engine, kind, rules.policy, workers=workers)
    read_others(engine, rules.policy, rules.retired, rules.erased, workers=workers)
    judge(engine, rules, has_several=has_several, has_others=has_others(engine))


def row_count(engine: Engine) -> int:
    """How many records were read, those that are no rows included."""
    return engine.number(
        """SELECT (SELECT coalesce(sum(rows), 0) FROM file)
                + (SELECT count(*) FROM spoilt WHERE reason IS NOT NULL)"""
    )


@dataclass(slots=True)
class _Reader:
    engine: Engine
    asked: Columns
    rules: Rules
    form: Form
    moment: datetime
    say: Say | None
    has_several: bool = False

    def tell(self, found: Look) -> None:
        """Say which columns are read, and how many values a row may have."""
        chosen = found.chosen
        self.has_several |= len(chosen.email) > 1 or len(chosen.phone_number) > 1
        for words in told(found.names, chosen):
            self._say(found, words)
        for index in chosen.exact if found.leaves else ():
            bits = bits_of(found.leaves[index].type)
            if bits < DOUBLE_BITS:
                self._say(found, told_of_bits(name_of(found.names, index, chosen), bits))

    def read(self, found: Look, number: int) -> None:
        """Append the rows of a file to ``given``."""
        before = self._row_count()
        places = self.engine.number("SELECT count(*) FROM given")
        first_line = 1
        match found.shape:
            case CSVShape() as csv:
                first_line = csv.before + 2
                self._read_csv(found, csv, number, before)
            case JSONShape() as json:
                shown = found
                found = copy_json(
                    self.engine, found, json, number, asked=self.asked, form=self.form
                )
                if found.chosen != shown.chosen or found.names != shown.names:
                    self._tell_again(shown, found)
                self._insert(self._copied(found), before)
            case None:
                self._read_parquet(found, before)
        self.engine.run("INSERT INTO file VALUES ($number, $name, $first_line, $rows)",
            number=number, name=found.file.name, first_line=first_line,
            rows=self._row_count() - before)  # fmt: skip
        self._name_columns(found, number)
        self._judge_times(found, places)
        self._judge_encoding(found, number)

    def _name_columns(self, found: Look, number: int) -> None:
        columns = columns_of(found.names, found.chosen)
        for field, names in columns.items():
            self.engine.add_columns("file_column", file=[number] * len(names),
                field=[field] * len(names), number=list(range(len(names))), name=names)  # fmt: skip

    def _read_csv(self, found: Look, shape: CSVShape, number: int, before: int) -> None:
        plain = plain_source(found, shape, self.form)
        if plain is not None:
            try:
                return self._insert(plain, before)
            except (duckdb.InvalidInputException, duckdb.ConversionException):
                pass  # Its rows are not all as long as the header.
        copy_csv(self.engine, found, shape, number)
        return self._insert(self._copied(found), before)

    def _read_parquet(self, found: Look, before: int) -> None:
        date_format = self.form.date_format
        try:
            rows = parquet_source(self.engine, found, date_format=date_format)
            return self._insert(rows, before)
        except duckdb.Error as error:
            if is_of_the_machine(error):
                raise
        try:
            with parquet_source_of_bytes(self.engine, found, date_format=date_format) as rows:
                return self._insert(rows, before)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if is_of_the_machine(error) or (isinstance(error, OSError) and error.errno):
                raise
            raise Unreadable(f"{found.file.name} cannot be read: it is damaged") from error

    def _copied(self, found: Look) -> Source:
        """The rows that were copied to TABLE."""
        places = {index: place for place, index in enumerate(found.chosen.wanted)}
        return source(
            TABLE,
            found.chosen,
            lambda index: f"v{places[index]}",
            date_format=self.form.date_format,
        )

    def _insert(self, rows: Source, before: int) -> None:
        sql = insert_rows(rows, self.rules.policy, before=before, has_several=self.has_several)
        self.engine.run(sql, moment=self.moment)

    def _row_count(self) -> int:
        counted = "max(row)" if self.has_several else "count(*)"
        return self.engine.number(f"SELECT {counted} FROM given")

    def _judge_times(self, found: Look, places: int) -> None:
        """A column that was recognised as times by its name, and holds none, is another column."""
        index = found.chosen.created_at
        of_file = f"FROM given WHERE rowid >= {places}"
        if index is None or not self.engine.number(f"SELECT count(*) {of_file} AND NOT is_time"):
            return
        times = self.engine.number(
            f"SELECT count(*) {of_file} AND is_time AND created_at <> $moment", moment=self.moment
        )
        if times:
            return
        is_asked = self.asked.created_at is not None
        is_left_out, words = without_times(
            name_of(found.names, index, found.chosen),
            is_asked=is_asked,
            formats=found.chosen.sampled.formats_of(index),
        )
        if is_left_out:
            self.engine.run(
                f"UPDATE given SET is_time = NULL WHERE rowid >= {places} AND NOT is_time"
            )
        self._say(found, words)

    def _judge_encoding(self, found: Look, number: int) -> None:
        lost = self.engine.number(
            "SELECT count(*) FROM spoilt WHERE file = $number AND reason = $reason",
            number=number, reason=Skipped.NOT_TEXT.value)  # fmt: skip
        if lost and found.shape is not None:
            self._say(found, rows_not_text(lost, found.shape.encoding))

    def _tell_again(self, shown: Look, found: Look) -> None:
        before = set(told(shown.names, shown.chosen))
        for words in told(found.names, found.chosen):
            if words not in before:
                self._say(found, words)

    def _say(self, found: Look, words: str) -> None:
        if self.say is not None:
            self.say(f"{found.file.name}: {words}")


def _sort(engine: Engine) -> None:
    """Number the rows and put them in order, unless they are."""
    unsorted = engine.number(
        """SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER () AS is_earlier
                                 FROM given) WHERE is_earlier"""
    )
    if unsorted:
        engine.run(
            """CREATE TABLE in_order AS SELECT * REPLACE (coalesce(row, rowid + 1) AS row)
               FROM given ORDER BY created_at, rowid"""
        )
        engine.run("DROP TABLE given")
        engine.run("ALTER TABLE in_order RENAME TO given")
