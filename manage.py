#!/usr/bin/env python
"""Runs the `reunite` command from a checkout whose requirements are installed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from reunite_service.cli import main  # found only once src is on the path

if __name__ == "__main__":
    main()
