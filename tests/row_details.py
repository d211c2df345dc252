"""What a row of a file says: as a request, but a value that cannot be read is left out."""

from reunite.core.errors import InvalidRequest, NoUsableIdentifier
from reunite.core.policy.details import contact_details


def row_details(email, phone, *, policy, retired=()):
    """Raises InvalidRequest or NoUsableIdentifier where nothing counts, as a request does."""
    refused = NoUsableIdentifier()
    try:
        details = contact_details(email, phone, policy=policy)
    except InvalidRequest as error:
        refused = error
        given = {"email": email, "phoneNumber": phone} | {each.field: None for each in error.errors}
        try:
            details = contact_details(*given.values(), policy=policy)
        except (InvalidRequest, NoUsableIdentifier):
            raise refused from None
    details = details.without_retired(retired)
    if not details.identifiers:
        raise refused
    return details
