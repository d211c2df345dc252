"""How long tests look for what they have not found: ``make test EFFORT=10`` looks ten times."""

import os

EFFORT = int(os.environ.get("EFFORT", "1"))
