"""One Spark session for all tests of this folder."""

from pathlib import Path

import pytest

from reunite.bulk.spark.session import session


@pytest.fixture(scope="session", autouse=True)
def quick_start():
    """Whatever starts Spark finds the settings beside this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(Path(__file__).parent))
        yield


@pytest.fixture(scope="session")
def spark(quick_start):
    with session("local[2]") as spark:
        yield spark
