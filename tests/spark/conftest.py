"""One Spark session for all tests of this folder."""

import pytest

from reunite.bulk.spark.session import session

# Tests are small and machines are busy: compile little, and clean up in one thread.
QUICK_START = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}


@pytest.fixture(scope="session")
def spark():
    with session("local[2]", conf=QUICK_START) as spark:
        yield spark
