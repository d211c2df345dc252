"""Given values become contact details, as a policy reads them."""

from reunite.core.errors import FieldError, InvalidRequest, NoUsableIdentifier
from reunite.core.identifiers import ContactDetails, Ignored, Kind
from reunite.core.policy import Policy


def contact_details(
    email: str | None, phone_number: str | None, *, policy: Policy
) -> ContactDetails:
    """Read given values as contact details; blank counts as not given.

    Raises InvalidRequest naming every field that cannot be read, or when nothing is given;
    NoUsableIdentifier when the policy lets none of what is given count.
    """
    given = {
        kind: value
        for kind, value in ((Kind.EMAIL, email), (Kind.PHONE, phone_number))
        if value and not value.isspace()
    }
    if not given:
        raise InvalidRequest(
            FieldError(
                "email",
                "no_identifier",
                "Nothing to look for: send an email, a phoneNumber or both.",
            )
        )
    errors: list[FieldError] = []
    keys: dict[Kind, str] = {}
    ignored = []
    for kind, value in given.items():
        try:
            key, reason = policy.canonical(kind, value)
        except ValueError as error:
            errors.append(_unreadable(kind, str(error)))
            continue
        if key is not None:
            keys[kind] = key
        elif reason is not None:
            ignored.append((kind, reason))
    # A placeholder says that there is no value, so none is kept.
    kept = {k: v for k, v in given.items() if (k, Ignored.PLACEHOLDER) not in ignored}
    if errors:
        raise InvalidRequest(*errors)
    if not keys:
        raise NoUsableIdentifier
    return ContactDetails(
        kept.get(Kind.EMAIL),
        kept.get(Kind.PHONE),
        keys.get(Kind.EMAIL),
        keys.get(Kind.PHONE),
        tuple(ignored),
    )


def _unreadable(kind: Kind, detail: str) -> FieldError:
    if kind is Kind.EMAIL:
        return FieldError("email", "invalid_email", detail)
    return FieldError("phoneNumber", "invalid_phone_number", detail)
