"""The order in which rows are taken: by time, then by row."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from reunite.bulk.spark.tables import Tables

_MICROSECONDS = (1_000_000, 1_000, 1)  # A second, a millisecond, a microsecond.
_BITS = 62
_LONGEST = {"external_id": 255, "source": 100}  # As the columns of the database are.


def placed(rows: DataFrame, *, last: int, tables: Tables) -> DataFrame:
    """With place: whole numbers in the order of decisions. ``last`` is the highest row's number.

    ``problems``: why the row cannot be taken, for reasons other than its identifiers; ``problem``
    is the first. Time and row are packed into one number if there is room, else all rows are sorted
    once.
    """
    rows = rows.withColumn("problems", _problems())
    rows = rows.withColumn("problem", f.try_element_at("problems", f.lit(1)))
    return _packed(rows, last) or _sorted(rows, tables)


def _problems() -> Column:
    found = [f.when(f.col("created_at").isNull(), "invalid_created_at")]
    for name, longest in _LONGEST.items():
        value = f.col(name)
        wrong = (f.char_length(value) > longest) | (f.instr(value, "\0") > 0)
        found.append(f.when(wrong, f"invalid_{name}"))
    problem = f.col("problem")
    return f.when(problem.isNotNull(), f.array(problem)).otherwise(f.array_compact(f.array(*found)))


def _packed(rows: DataFrame, last: int) -> DataFrame | None:
    micros = f.unix_micros("created_at")
    found = rows.select(
        f.min(micros), f.max(micros), *(f.bool_and(micros % unit == 0) for unit in _MICROSECONDS)
    ).first()
    if found is None or found[0] is None:
        return rows.withColumn("place", f.col("row"))
    least, most, *whole = found
    if least == most:
        return rows.withColumn("place", f.col("row"))
    unit = next(unit for unit, fits in zip(_MICROSECONDS, whole, strict=True) if fits)
    bits = last.bit_length()
    if ((most - least) // unit).bit_length() + bits > _BITS:
        return None
    # Whole-number division: a double has 53 bits.
    since = f.expr(f"(unix_micros(created_at) - {least}) div {unit}")
    place = since * (1 << bits) + f.col("row")
    return rows.withColumn("place", place)


def _sorted(rows: DataFrame, tables: Tables) -> DataFrame:
    in_order = rows.orderBy("created_at", "row")
    return tables.save(in_order.withColumn("place", f.monotonically_increasing_id()), "placed")
