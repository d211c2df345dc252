"""Serve another WSGI application the way ``reunite serve`` serves Reunite: same server and options.

``python -m benchmarks.served TARGET``, with DJANGO_SETTINGS_MODULE, DATABASE_URL, PORT and WORKERS.
"""

import sys
from typing import Any
from unittest import mock

import django
from granian import Granian

from reunite_service import serve


def main(target: str) -> None:
    """Serve the target until interrupted."""

    def same_server(_reunite: str, **options: Any) -> Granian:
        return Granian(target, **options)

    django.setup()
    with mock.patch.object(serve, "Granian", same_server):
        serve.serve()


if __name__ == "__main__":
    main(sys.argv[1])
