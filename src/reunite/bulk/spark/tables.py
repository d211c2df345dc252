"""Tables that outlive an executor: what a step made, in files that all machines reach."""

from itertools import count

from pyspark.sql import DataFrame, SparkSession

from reunite.bulk.spark.files import remove


class Tables:
    """Writes tables below a directory and reads them back.

    What is read back has no lineage: if an executor is lost, only what came after the table is
    computed again. Parquet and not ``DataFrame.checkpoint``, because the optimizer then knows how
    large the table is, and a join needs to read only the columns that it wants.
    """

    def __init__(self, spark: SparkSession, directory: str) -> None:
        self._spark = spark
        self._directory = directory
        self._numbers = count()

    def save(self, table: DataFrame, name: str) -> DataFrame:
        """Compute a table now; what comes back only reads it."""
        path = f"{self._directory}/{next(self._numbers):03d}-{name}"
        table.write.parquet(path)
        return self._spark.read.schema(table.schema).parquet(path)

    def remove(self) -> None:
        """Remove all of them."""
        remove(self._spark, self._directory)
