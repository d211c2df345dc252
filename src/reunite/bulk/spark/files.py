"""Files wherever Spark finds them: on a disk, in HDFS, in an object store."""

import re
from typing import Any
from urllib.parse import unquote

from pyspark.sql import SparkSession


class NoSuchInput(ValueError):
    """There is no such input: check the path."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"There is no file {pattern}: check the path.")


def expand(spark: SparkSession, patterns: list[str]) -> list[str]:
    """The files that paths, directories and globs name, those of each sorted by name.

    Raises NoSuchInput.
    """
    return [file for pattern in patterns for file in _expanded(spark, pattern)]


def plain(path: str) -> str:
    """A path as Hadoop tells it, spelled in one way: it may say file:/ or file:///."""
    return re.sub(r"^file:/+", "file:/", path)


def plain_of_address(file_path: str) -> str:
    """The same of what Spark tells as ``_metadata.file_path``, which is an address."""
    return plain(unquote(file_path))


def start_of(spark: SparkSession, file: str, size_bytes: int) -> bytes:
    """Up to so many bytes of a file as it is stored."""
    path, files = _located(spark, file)
    stream = files.open(path)
    try:
        return bytes(stream.readNBytes(size_bytes))
    finally:
        stream.close()


def remove(spark: SparkSession, directory: str) -> None:
    """Remove a directory and all that is in it."""
    path, files = _located(spark, directory)
    files.delete(path, True)


def exists(spark: SparkSession, directory: str) -> bool:
    """Whether there is a file or directory with that name."""
    path, files = _located(spark, directory)
    return bool(files.exists(path))


def _expanded(spark: SparkSession, pattern: str) -> list[str]:
    path, files = _located(spark, pattern)
    found: list[str] = []
    for status in files.globStatus(path) or []:
        inside = files.listStatus(status.getPath()) if status.isDirectory() else [status]
        # Names that begin so are no data for Hadoop: _SUCCESS, checksums, what is being written.
        found += [
            plain(each.getPath().toString())
            for each in inside
            if each.isFile() and each.getPath().getName()[0] not in "_."
        ]
    if not found:
        raise NoSuchInput(pattern)
    return sorted(found)


def _located(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """A path and its file system, as objects of Java."""
    # Hadoop's own file systems know every address that Spark reads; PySpark has no door to them.
    java: Any = spark.sparkContext._jvm
    located = java.org.apache.hadoop.fs.Path(path)
    return located, located.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
