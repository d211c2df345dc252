"""Programs of Spark run with the Java that comes along."""

import subprocess
import sys

WITH_JAVA = (sys.executable, "-m", "reunite.bulk.spark.java")


def run(*command):
    return subprocess.run(
        [*WITH_JAVA, *command], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_program_gets_the_java_that_lacks_nothing_it_is_asked_for():
    asked = 'exec "$JAVA_HOME/bin/java" --add-modules=jdk.incubator.vector -version'
    done = run("sh", "-c", asked)
    assert done.returncode == 0, done.stderr
    assert "openjdk version" in done.stderr


def test_the_exit_code_is_that_of_the_program():
    assert run("sh", "-c", "exit 3").returncode == 3
    assert run("sh", "-c", "kill -9 $$").returncode == 137
    assert run("spark-no").returncode == 127
    assert run().stderr.startswith("usage: ")
