"""Serve another WSGI application the way ``reunite serve`` serves Reunite: same server and options.

``python -m benchmarks.served TARGET``, with DJANGO_SETTINGS_MODULE, DATABASE_URL, PORT and WORKERS.
"""

import sys
from typing import Any
from unittest import mock

import django

from reunite_service import serve


def main(target: str) -> None:
    """Serve the target until interrupted."""

    def same_server(_reunite: str, **options: Any) -> serve.Server:
        return server(target, **options)

    server = serve.Server
    django.setup()
    # Other applications have no table of keys.
    open_to_all = mock.patch.object(serve, "keys_are_asked_for", return_value=False)
    with mock.patch.object(serve, "Server", same_server), open_to_all:
        serve.serve()


if __name__ == "__main__":
    main(sys.argv[1])
