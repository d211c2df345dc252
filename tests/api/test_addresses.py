"""No address holds contact details, so no log of a proxy does."""

from tests.api.operations import OPERATIONS

DETAILS = {"email", "phone", "phoneNumber", "value", "q", "query"}


def test_no_operation_takes_contact_details_in_its_address():
    for operation in OPERATIONS:
        names = {each["name"] for each in operation.described.get("parameters", [])}
        if str(operation) == "POST /imports":
            # There they are the names of columns.
            names -= {"email", "phone"}
        assert not names & DETAILS, operation
