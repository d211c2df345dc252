"""What shops and address books export goes in as it is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reunite.models import Contact
from tests.imports.ways import by_command, by_upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]

EXPORTS = sorted((Path(__file__).parent / "exports").iterdir())
WITHOUT_TIMES = {"google", "outlook", "shopify-customers", "thunderbird"}
DETAILS = [
    ("lorraine@hillvalley.edu", "+14155550101"),
    ("george@hillvalley.edu", "+14155550102"),
]


@pytest.mark.parametrize("bring", [by_command, by_upload])
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
def test_an_export_goes_in_as_it_is(tmp_path, settings, path, bring):
    settings.REUNITE = {"IMPORT_FOLDER": str(tmp_path / "uploads")}
    begun = datetime.now(UTC)

    said, refused = bring(tmp_path, path)

    contacts = list(Contact.objects.order_by("id"))
    assert [(each.email_key, each.phone_key) for each in contacts] == DETAILS
    assert refused == []
    assert said[0].startswith("reads ")
    assert not any("no value" in each for each in said)
    times = [each.created_at for each in contacts]
    if path.stem in WITHOUT_TIMES:
        assert all(time >= begun for time in times)
    else:
        assert [time.strftime("%d.%m.%Y") for time in times] == ["28.01.2021", "29.01.2021"]
        assert " as time" in said[0]


def test_there_are_exports_of_twenty_programs():
    assert len({path.stem.partition("-")[0] for path in EXPORTS}) == 20
