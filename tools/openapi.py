"""Write docs/reference/openapi.json from the code: ``python -m tools.openapi``."""

import os
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reunite_service.settings")
    django.setup()
    from reunite.api.http.documentation import document_bytes

    Path("docs/reference/openapi.json").write_bytes(document_bytes())
