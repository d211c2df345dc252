"""The deployable: settings, URLs, WSGI and the ``reunite`` command."""
